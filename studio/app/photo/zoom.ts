/** Zooming and panning: wheel, pinch, drag, double click. */
import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { masking } from './mask-layer.js';

/** The most that one pixel is enlarged, relative to the whole picture in view. */
const MOST = 24;

/** Where a picture is: moved by (x, y) pixels and enlarged from its centre. */
interface Place {
  scale: number;
  x: number;
  y: number;
}

const WHOLE: Place = { scale: 1, x: 0, y: 0 };

/** Enlarges around a point, given from the stage's centre. */
function enlarged({ scale, x, y }: Place, factor: number, px: number, py: number): Place {
  const next = Math.min(MOST, Math.max(1, scale * factor));
  if (next === 1) return WHOLE;
  const by = next / scale;
  return { scale: next, x: px - by * (px - x), y: py - by * (py - y) };
}

/**
 * Lets the picture on a stage be zoomed and moved.
 *
 * @param key another key is another picture, shown whole
 */
export function useZoom(stage: RefObject<HTMLElement | null>, key: unknown) {
  const place = useSignal<Place>(WHOLE);
  const reset = () => {
    place.value = WHOLE;
  };
  // Another picture starts anew.
  useEffect(reset, [key]);
  // The stage's element is another one once there is a photo.
  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const fingers = new Map<number, { x: number; y: number }>();
    const fromCentre = (event: { clientX: number; clientY: number }) => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
    };
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { x, y } = fromCentre(event);
      place.value = enlarged(place.value, Math.exp(-event.deltaY / 400), x, y);
    };
    const down = (event: PointerEvent) => {
      if (masking.value || (event.target as Element).closest('button')) return;
      fingers.set(event.pointerId, fromCentre(event));
    };
    const move = (event: PointerEvent) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const now = fromCentre(event);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      fingers.set(event.pointerId, now);
      const { scale, x, y } = place.value;
      if (other) {
        const distance = (p: { x: number; y: number }) => Math.hypot(p.x - other.x, p.y - other.y);
        const factor = distance(now) / Math.max(1, distance(before));
        place.value = enlarged(place.value, factor, (now.x + other.x) / 2, (now.y + other.y) / 2);
      } else if (scale > 1) {
        place.value = { scale, x: x + now.x - before.x, y: y + now.y - before.y };
      }
    };
    const up = (event: PointerEvent) => fingers.delete(event.pointerId);
    const double = (event: MouseEvent) => {
      if (masking.value) return;
      const { x, y } = fromCentre(event);
      place.value = place.value.scale > 1 ? WHOLE : enlarged(WHOLE, 3, x, y);
    };
    const listeners = [
      ['wheel', wheel, { passive: false }],
      ['pointerdown', down],
      ['pointermove', move],
      ['pointerup', up],
      ['pointercancel', up],
      ['pointerleave', up],
      ['dblclick', double],
    ] as unknown as [string, EventListener, AddEventListenerOptions?][];
    for (const [type, listener, options] of listeners) element.addEventListener(type, listener, options);
    return () => {
      for (const [type, listener] of listeners) element.removeEventListener(type, listener);
    };
  }, [stage.current]);
  const { scale, x, y } = place.value;
  const transform = scale === 1 ? undefined : `translate(${x}px, ${y}px) scale(${scale})`;
  return { transform, scale, reset };
}
