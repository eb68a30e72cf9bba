/**
 * The painting beside a photo, both at the scale that they are compared at: so large a stroke is against the things in a
 * photo.
 */
import { useEffect, useRef } from 'preact/hooks';
import { photo } from '../state.js';
import { words } from '../words.js';
import { painting, previewPhoto, STROKES, strokes } from './choices.js';

/** The side of the small pictures on the screen. */
const SIDE = 132;

export function ScalePictures() {
  const t = words.value.teach;
  const of = previewPhoto.value?.url ?? photo.value?.url;
  return (
    <>
      <p class="teach-hint">{t.strokesHint}</p>
      <div class="teach-scale">
        <Part url={painting.value!.url} scale={STROKES[strokes.value]!} label={t.strokesPainting} />
        {of && <Part url={of} scale={1} label={t.strokesPhoto} />}
      </div>
    </>
  );
}

interface PartProps {
  url: string;
  /** The picture's shorter side, as a multiple of the part's. */
  scale: number;
  label: string;
}

/** The middle of a picture, as much of it as one sees at the scale. */
function Part({ url, scale, label }: PartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const image = new Image();
    image.src = url;
    let isGone = false;
    void image
      .decode()
      .then(() => {
        const context = canvas.current?.getContext('2d');
        if (!context || isGone) return;
        const { naturalWidth: width, naturalHeight: height } = image;
        const side = 2 * SIDE;
        const zoom = (scale * side) / Math.min(width, height);
        // What is smaller than the part is shown whole, in its middle.
        context.clearRect(0, 0, side, side);
        context.imageSmoothingQuality = 'high';
        const [w, h] = [width * zoom, height * zoom];
        const crop = scale < 1 ? scale * side : side;
        context.save();
        context.beginPath();
        context.rect((side - crop) / 2, (side - crop) / 2, crop, crop);
        context.clip();
        context.drawImage(image, (side - w) / 2, (side - h) / 2, w, h);
        context.restore();
      })
      .catch(() => undefined);
    return () => {
      isGone = true;
    };
  }, [url, scale]);
  return (
    <figure>
      <canvas ref={canvas} width={2 * SIDE} height={2 * SIDE} role="img" aria-label={label} />
      <figcaption aria-hidden="true">{label}</figcaption>
    </figure>
  );
}
