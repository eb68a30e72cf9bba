/** The picture, with the photo before it on the other side of a line that can be moved; zoomed and panned. */
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { isReady } from '../engine/drawing.js';
import { Icon } from '../shell/icon.js';
import { holdsPhoto } from '../shell/keys.js';
import { photo, shown } from '../state.js';
import { words } from '../words.js';
import { MaskLayer, masking } from './mask-layer.js';
import { useZoom } from './zoom.js';

export function Stage() {
  const t = words.value;
  const stage = useRef<HTMLElement>(null);
  /** Where the line is: percent from the left. */
  const line = useSignal(50);
  const { transform, scale, reset } = useZoom(stage, photo.value?.id);
  const { value: of } = photo;
  if (!of) return <section class="stage" ref={stage} aria-busy="true" />;
  const at = holdsPhoto.value ? 100 : masking.value ? 0 : line.value;
  const clip = { clipPath: `inset(0 0 0 ${at}%)` };
  const ready = isReady(of) ? of.ready : undefined;
  const drag = (event: PointerEvent) => {
    const handle = event.currentTarget as HTMLElement;
    const frame = handle.parentElement!.getBoundingClientRect();
    handle.setPointerCapture(event.pointerId);
    event.stopPropagation();
    const move = ({ clientX }: PointerEvent) => {
      line.value = Math.min(100, Math.max(0, ((clientX - frame.left) / frame.width) * 100));
    };
    const end = () => {
      handle.removeEventListener('pointermove', move);
      handle.removeEventListener('pointerup', end);
      handle.removeEventListener('pointercancel', end);
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener('pointerup', end);
    handle.addEventListener('pointercancel', end);
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, Home: -100, End: 100 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    line.value = Math.min(100, Math.max(0, line.value + step));
  };
  return (
    <section class="stage" ref={stage}>
      <div class="frame" style={{ '--ratio': of.width / of.height, transform }}>
        <img class="before" src={of.url} alt={of.name} draggable={false} />
        {ready ? (
          <img class="after" src={ready.url} alt="" style={clip} draggable={false} />
        ) : (
          <Picture clip={clip} />
        )}
        <MaskLayer />
        {!masking.value && !holdsPhoto.value && (
          <div
            class="line"
            role="slider"
            tabIndex={0}
            aria-label={t.compare}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(line.value)}
            title={t.compareHint}
            style={{ left: `${line.value}%`, '--scale': 1 / scale }}
            onPointerDown={drag}
            onKeyDown={press}
          />
        )}
      </div>
      {scale !== 1 && (
        <button type="button" class="zoom-reset" onClick={reset}>
          <Icon name="fit" />
          <span>{t.zoomReset}</span>
        </button>
      )}
    </section>
  );
}

/** The picture that was drawn last, of this photo. */
function Picture({ clip }: { clip: { clipPath: string } }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { value: current } = shown;
  // At once, not after painting: the bitmap is closed as soon as a newer one is shown.
  useLayoutEffect(() => {
    if (!canvas.current || !current) return;
    const { width, height } = current.bitmap;
    Object.assign(canvas.current, { width, height });
    canvas.current.getContext('2d')!.drawImage(current.bitmap, 0, 0);
  }, [current]);
  const isOld = current === undefined || current.photo !== photo.value?.id;
  return (
    <canvas
      class="after"
      style={isOld ? { visibility: 'hidden' } : clip}
      ref={canvas}
      data-full={current?.full}
    />
  );
}
