/** A place that files are dropped on. The page takes them (shell/files.ts); this says where they fell. */
import type { ComponentChildren } from 'preact';

/** The places of the view. */
export type Place = 'painting' | 'photos' | 'preview';

let last: Place | undefined;

/** Where the files fell that come now, if on a place. */
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
    <div
      class="drop-place"
      data-empty={isEmpty}
      data-place={place}
      onDrop={() => {
        last = place;
      }}
    >
      {children}
    </div>
  );
}
