/** Painting the mask: where it is dark the photo shows. */
import { signal } from '@preact/signals';
import { fromImageData } from 'fast-neural-style/browser';
import { useEffect, useRef } from 'preact/hooks';
import { SMALL } from '../engine/drawing.js';
import { mask, photo } from '../state.js';

/** The mask is being painted. */
export const masking = signal(false);
/** What the brush paints: the photo (dark) or the style (white). */
export const brush = signal<{ paints: 'photo' | 'style'; size: number }>({ paints: 'photo', size: 12 });

/** The mask as it is painted, kept while the photo stays. */
let canvas: OffscreenCanvas | undefined;
let canvasOf = -1;

function context(): OffscreenCanvasRenderingContext2D {
  const of = photo.value!;
  if (canvas && canvasOf === of.id) return canvas.getContext('2d')!;
  const scale = Math.min(1, SMALL / Math.max(of.width, of.height));
  canvas = new OffscreenCanvas(
    Math.max(1, Math.round(of.width * scale)),
    Math.max(1, Math.round(of.height * scale)),
  );
  canvasOf = of.id;
  const drawing = canvas.getContext('2d', { willReadFrequently: true })!;
  drawing.fillStyle = '#fff';
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  return drawing;
}

function apply(drawing: OffscreenCanvasRenderingContext2D): void {
  const { width, height } = drawing.canvas;
  mask.value = fromImageData(drawing.getImageData(0, 0, width, height));
}

/** Dark becomes white, white dark. */
export function invertMask(): void {
  const drawing = context();
  drawing.globalCompositeOperation = 'difference';
  drawing.fillStyle = '#fff';
  drawing.fillRect(0, 0, drawing.canvas.width, drawing.canvas.height);
  drawing.globalCompositeOperation = 'source-over';
  apply(drawing);
}

/** The style everywhere. */
export function clearMask(): void {
  canvas = undefined;
  mask.value = undefined;
}

export function MaskLayer() {
  const layer = useRef<HTMLDivElement>(null);
  const isOn = masking.value;
  useEffect(() => {
    const element = layer.current;
    if (!element || !isOn) return;
    let last: { x: number; y: number } | undefined;
    let waiting = false;
    const show = (drawing: OffscreenCanvasRenderingContext2D) => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        apply(drawing);
      });
    };
    const paint = (event: PointerEvent) => {
      const drawing = context();
      const { width, height } = drawing.canvas;
      const box = element.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * width;
      const y = ((event.clientY - box.top) / box.height) * height;
      const { paints, size } = brush.value;
      const radius = (size / 100) * Math.max(width, height) * 0.5;
      drawing.strokeStyle = paints === 'photo' ? '#000' : '#fff';
      drawing.lineWidth = 2 * radius;
      drawing.lineCap = 'round';
      drawing.filter = `blur(${(radius / 3).toFixed(1)}px)`;
      drawing.beginPath();
      drawing.moveTo(last?.x ?? x, last?.y ?? y);
      drawing.lineTo(x, y + 0.01);
      drawing.stroke();
      drawing.filter = 'none';
      last = { x, y };
      show(drawing);
    };
    const down = (event: PointerEvent) => {
      element.setPointerCapture(event.pointerId);
      event.stopPropagation();
      last = undefined;
      paint(event);
      element.addEventListener('pointermove', paint);
    };
    const up = () => {
      last = undefined;
      element.removeEventListener('pointermove', paint);
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
      up();
    };
  }, [isOn]);
  return isOn ? <div class="mask-layer" ref={layer} /> : null;
}
