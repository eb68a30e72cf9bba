/** Where the pictures of many photos go in their folder. */
import { dirname, extname, join, resolve, sep } from 'node:path';
import type { FoundPhoto } from '../node/media/find-photos.js';

/** One photo and where its picture goes. */
export interface PictureFile {
  photo: string;
  target: string;
}

/**
 * The targets of photos in a folder, each its own. A photo keeps its place; where photos of several folders have the
 * same one, all keep as much of their paths as tells them apart; of photos that differ in their extension alone
 * (`a.jpg`, `a.png`), those that change theirs keep both (`a.png.jpg`, with a number where that is a photo's too).
 *
 * @param extension with its dot, of all pictures; by default each picture has that of its photo
 */
export function placePictures(
  photos: readonly FoundPhoto[],
  out: string,
  extension: string | undefined,
): PictureFile[] {
  const places = hasTwins(photos.map(({ place }) => place)) ? distinctPlaces(photos) : photos;
  const natural = places.map(({ place, extension: own }) => withExtension(place, extension ?? own));
  const times = counts(natural);
  const isNatural = places.map(({ place, extension: own }, i) => {
    const isAlone = times.get(key(natural[i]!)) === 1;
    return isAlone || extname(place) === (extension ?? own);
  });
  const taken = new Set(natural.filter((_, i) => isNatural[i]).map(key));
  const targets = places.map(({ place, extension: own }, i) => {
    if (isNatural[i]) return natural[i]!;
    let target = `${place}${extension ?? own}`;
    for (let n = 2; taken.has(key(target)); n++) target = `${place}-${n}${extension ?? own}`;
    taken.add(key(target));
    return target;
  });
  return photos.map(({ path }, i) => ({ photo: path, target: join(out, targets[i]!) }));
}

/** The photos at their paths below the folder that holds them all. */
function distinctPlaces(photos: readonly FoundPhoto[]): FoundPhoto[] {
  const paths = photos.map(({ path }) => resolve(path));
  let common = dirname(paths[0]!);
  while (!paths.every((path) => path.startsWith(common === sep ? sep : `${common}${sep}`)))
    common = dirname(common);
  const start = common === sep ? 1 : common.length + 1;
  return photos.map((photo, i) => ({ ...photo, place: paths[i]!.slice(start) }));
}

function withExtension(place: string, extension: string): string {
  return place.slice(0, place.length - extname(place).length) + extension;
}

/** Two names that differ in case alone are one file on many disks. */
function key(place: string): string {
  return place.normalize('NFC').toLowerCase();
}

function counts(places: readonly string[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const place of places) times.set(key(place), (times.get(key(place)) ?? 0) + 1);
  return times;
}

function hasTwins(places: readonly string[]): boolean {
  return new Set(places.map(key)).size < places.length;
}
