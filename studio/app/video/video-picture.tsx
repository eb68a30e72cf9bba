/** The frame on the stage. */
import { useEffect, useRef } from 'preact/hooks';
import { shown } from './video.js';

export function VideoPicture({ name }: { name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { value: current } = shown;
  useEffect(() => {
    // A newer one may have come: the older is closed then.
    const { value: newest } = shown;
    if (!canvas.current || !newest) return;
    const { width, height } = newest.bitmap;
    if (canvas.current.width !== width || canvas.current.height !== height)
      Object.assign(canvas.current, { width, height });
    canvas.current.getContext('2d')!.drawImage(newest.bitmap, 0, 0);
  }, [current]);
  return (
    <canvas
      class="after"
      role="img"
      aria-label={name}
      ref={canvas}
      style={current ? {} : { visibility: 'hidden' }}
      data-drawn={current?.isDrawn}
    />
  );
}
