/** The state of the page: plain values as signals. What follows from them is computed where it is needed. */
import { computed, signal } from '@preact/signals';
import type { Colours, Image } from 'fast-neural-style/browser';
import type { OwnStyle } from '../store/own-styles.js';

/** The views of the page. */
export const VIEWS = ['photo', 'camera', 'video', 'teach'] as const;
export type View = (typeof VIEWS)[number];

/** A photo that is open. */
export interface Photo {
  /** Counts photos, so that each is another. */
  id: number;
  name: string;
  file: Blob;
  /** Of the file, for an `img`. */
  url: string;
  width: number;
  height: number;
  /** A picture of it that is there already, and the address of its look. */
  ready?: { url: string; address: string };
}

/** What the person has chosen: everything that the address and the undo history keep. */
export interface Look {
  /** A style's id. */
  style: string;
  /** Another style's id, that is mixed in. */
  second?: string;
  /** Share of the second style, 0 to 1. */
  mix: number;
  /** 0 (the photo) to 1. */
  strength: number;
  /** Stroke size, 0.5 to 3. */
  strokes: number;
  colours: Colours;
}

/** A style that can be chosen. */
export interface StyleEntry {
  id: string;
  /** Name in the file and in the address. */
  name: string;
  /** The shipped painting's key in the locales. */
  painting?: string;
  thumbnail: string;
  /** Where its file is, or its bytes. */
  url?: string;
  bytes?: Uint8Array;
  size: number;
  own: boolean;
}

/** What is on the stage. */
export interface Shown {
  photo: number;
  bitmap: ImageBitmap;
  /** Drawn at the photo's own size, or smaller. */
  full: boolean;
}

/** What is being computed. */
export interface Work {
  kind: 'runtime' | 'style' | 'preview' | 'full' | 'photo';
  /** 0 to 1, where it is known. */
  share?: number;
}

/** A message. An error says what to do next. */
export interface Message {
  id: number;
  kind: 'error' | 'note';
  text: string;
}

export const DEFAULT_LOOK: Look = { style: 'scream', mix: 0, strength: 1, strokes: 1, colours: 'style' };

export const view = signal<View>('photo');
export const photo = signal<Photo | undefined>(undefined);
export const look = signal<Look>(DEFAULT_LOOK);
/** Where the style is (white), painted by hand. */
export const mask = signal<Image | undefined>(undefined);
export const shipped = signal<StyleEntry[]>([]);
export const own = signal<OwnStyle[]>([]);
export const shown = signal<Shown | undefined>(undefined);
export const work = signal<Work | undefined>(undefined);
/** The device and the time of the last full picture. */
export const lastRun = signal<{ device: string; seconds: number } | undefined>(undefined);
/** The share that is done of a style that is being learned. */
export const teaching = signal<number | undefined>(undefined);
export const messages = signal<Message[]>([]);

/** All styles, own ones last. */
export const styles = computed<StyleEntry[]>(() => [
  ...shipped.value,
  ...own.value.map(({ id, name, bytes, thumbnailUrl }) => ({
    ...{ id, name, bytes, thumbnail: thumbnailUrl, size: bytes.length, own: true },
  })),
]);

/** The style of an id. */
export function styleOf(id: string | undefined): StyleEntry | undefined {
  return id === undefined ? undefined : styles.value.find((style) => style.id === id);
}

let messageId = 0;

/** Shows a message; the same text is shown once. */
export function say(kind: Message['kind'], text: string): void {
  const others = messages.value.filter((message) => message.text !== text);
  messages.value = [...others, { id: ++messageId, kind, text }].slice(-4);
}

/** Takes a message away. */
export function dismiss(id: number): void {
  messages.value = messages.value.filter((message) => message.id !== id);
}
