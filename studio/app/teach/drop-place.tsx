/** A place that files are dropped on. The page takes them (shell/files.ts); this says where they fell. */
import type { ComponentChildren } from 'preact';

/** The places of the view. */
export type Place = 'painting' | 'photos' | 'preview';

let last: Place | undefined;

/** Notes from now on where files fall, before the page takes them; returns how to end that. */
export function watchPlaces(): () => void {
  const note = ({ target }: DragEvent) => {
    const place = target instanceof Element && target.closest<HTMLElement>('[data-place]');
    last = place ? (place.dataset.place as Place) : undefined;
  };
  addEventListener('drop', note, true);
  return () => removeEventListener('drop', note, true);
}

/** Where the files fell that come now, if on a place. Pasted ones fall nowhere. */
export function takePlace(): Place | undefined {
  const place = last;
  last = undefined;
  return place;
}

interface DropPlaceProps {
  place: Place;
  isEmpty?: boolean;
  children: ComponentChildren;
}

export function DropPlace({ place, isEmpty = false, children }: DropPlaceProps) {
  return (
    <div class="drop-place" data-empty={isEmpty} data-place={place}>
      {children}
    </div>
  );
}
