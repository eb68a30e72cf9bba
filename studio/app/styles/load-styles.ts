/** The styles that the server has, and the person's own. */
import { readOwnStyles } from '../../store/own-styles.js';
import { placeOf } from '../engine/place.js';
import { type SiteService, service } from '../server/service.js';
import { own, type StyleEntry, say, shipped } from '../state.js';
import { words } from '../words.js';

/** `files/styles.json`. */
export interface StyleList {
  styles: {
    name: string;
    /** Address below `files/`. */
    file: string;
    bytes: number;
    /** A small picture, below `files/`. */
    thumbnail: string;
    /** One of a folder of the person's, not shipped. */
    own?: boolean;
  }[];
  /** The loss networks' weights that are there: address below `files/` by name. */
  weights: Record<string, string>;
  /** The network that trainings start from. */
  start: string;
  /** OpenCV's script, which makes videos steady, where it is installed. */
  opencv?: string;
  /** The service that serves the page, where one does. */
  service?: SiteService;
}

/** The shipped styles that come first. */
const FIRST = ['scream', 'wave', 'starry', 'matisse', 'composition', 'sunflowers', 'shipwreck', 'delaunay'];

/** Its place in the strip: wide networks follow the narrow ones of their painting. */
function placeInStrip(name: string): number {
  const at = FIRST.indexOf(name.replace(/-\d+$/, ''));
  return at < 0 ? FIRST.length : at;
}

/** The list, when it has come. */
export let styleList: StyleList | undefined;

/** Loads the lists. */
export async function loadStyles(): Promise<void> {
  const [list, stored] = await Promise.all([
    fetch(placeOf('styles.json'))
      .then((response) => (response.ok ? (response.json() as Promise<StyleList>) : undefined))
      .catch(() => undefined),
    readOwnStyles().catch(() => []),
  ]);
  own.value = stored;
  if (!list) {
    say('error', words.value.errors.server);
    return;
  }
  styleList = list;
  service.value = list.service;
  const sorted = list.styles.toSorted((a, b) => placeInStrip(a.name) - placeInStrip(b.name));
  shipped.value = sorted.map(
    ({ name, file, bytes, thumbnail }): StyleEntry => ({
      ...{ id: name, name, url: placeOf(file), size: bytes, own: false },
      ...{ painting: name.replace(/-\d+$/, ''), thumbnail: thumbnail && placeOf(thumbnail) },
    }),
  );
}

/** The name of a style for people. */
export function styleTitle({ name, painting }: StyleEntry): string {
  const [title] = (painting && words.value.paintings[painting]) || [];
  if (!title) return name;
  return isWide(name) ? words.value.wide(title) : title;
}

/** The same with its painter. */
export function styleCredit(style: StyleEntry): string {
  const [, painter] = (style.painting && words.value.paintings[style.painting]) || [];
  return painter ? `${styleTitle(style)}, ${painter}` : styleTitle(style);
}

/** Tells whether a shipped style is the wide network of its painting: finer, and slower. */
export function isWide(name: string): boolean {
  return /-\d+$/.test(name);
}
