/** The worker that draws photos in styles. */
import { expose, transfer } from 'comlink';
import { type Colours, type Image, pictures, toImageData } from 'fast-neural-style/browser';
import { type AdoptedStyle, adoptStyle } from './adopt-style.js';
import type { OnBytes } from './kept-files.js';
import { KeptStyles, type StyleSource } from './kept-styles.js';
import { decodePhoto, encodePicture, type PictureType } from './photo.js';
import { type RuntimeSettings, startRuntime } from './runtime.js';

/** A style of a blend, and its share. */
export interface StylePart {
  style: StyleSource;
  share: number;
}

/** What a picture is to look like. */
export interface PictureLook {
  parts: StylePart[];
  strokeSize: number;
  strength: number;
  colours: Colours;
  mask?: Image;
}

/** Told how far a picture is: its share of 0 to 1. */
export type OnShare = (share: number) => void;

/** Pictures that are kept of the photo, so that strength and colours need no network: at its own size, and reduced. */
const MOST_DRAWN = 3;
const MOST_REDUCED = 40;
/** The longer side of what a canvas of the page shows. */
const MOST_SHOWN = 4096;
/** What drawing a picture may take; larger ones are drawn in strips. A 32-bit WebAssembly has 4 GB in all. */
const MEMORY = 1.2e9;

let device: 'auto' | 'cpu' | 'webgpu' = 'auto';
let used = '';
let photo: Image | undefined;
let mostDrawn = MOST_DRAWN;
const styles = new KeptStyles();
const drawn = new Map<string, Image>();

/** The photo in one style, as the network draws it. */
async function drawnIn(style: StyleSource, strokeSize: number, onShare?: OnShare): Promise<Image> {
  const key = `${style.id} ${strokeSize}`;
  const known = drawn.get(key);
  if (known) return known;
  const stylizer = await styles.get(style, { device, memory: MEMORY });
  used = stylizer.device;
  const [oldest] = drawn.keys();
  if (oldest !== undefined && drawn.size >= mostDrawn) drawn.delete(oldest);
  // Strokes of another size need a network that takes any size.
  const choice = stylizer.fixedSize ? {} : { strokeSize };
  const picture = await stylizer.stylize(photo!, choice, { onShare });
  drawn.set(key, picture);
  return picture;
}

/** The photo with a look. */
async function looking({ parts, strokeSize, ...rest }: PictureLook, onShare?: OnShare): Promise<Image> {
  const shares = [];
  for (const [i, { style, share }] of parts.entries()) {
    const onPart: OnShare = (part) => onShare?.((i + part) / parts.length);
    shares.push({ picture: await drawnIn(style, strokeSize, onPart), share });
  }
  return pictures.applyLook(photo!, shares, rest);
}

/** The size with the longer side at most so long. */
function withinLonger({ width, height }: Image, longest: number): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

const worker = {
  /** Loads ONNX Runtime. */
  async start(settings: RuntimeSettings, onBytes?: OnBytes): Promise<void> {
    device = await startRuntime(settings, onBytes);
  },

  /** Reads the photo that is drawn from now on, its longer side at most so long. */
  async open(file: Blob, longest?: number): Promise<{ width: number; height: number }> {
    drawn.clear();
    photo = await decodePhoto(file, longest);
    mostDrawn = longest === undefined ? MOST_DRAWN : MOST_REDUCED;
    return { width: photo.width, height: photo.height };
  },

  /** The photo with a look, for a canvas: the longer side at most 4,096, since no screen shows more. */
  async look(look: PictureLook, onShare?: OnShare): Promise<{ bitmap: ImageBitmap; device: string }> {
    const picture = await looking(look, onShare);
    const { width, height } = withinLonger(picture, MOST_SHOWN);
    const bitmap = await createImageBitmap(toImageData(picture), {
      ...{ resizeWidth: width, resizeHeight: height, resizeQuality: 'high' },
    });
    return transfer({ bitmap, device: used }, [bitmap]);
  },

  /** The same as a file of the photo's size. */
  async file(look: PictureLook, type: PictureType, quality?: number, onShare?: OnShare): Promise<Blob> {
    return encodePicture(await looking(look, onShare), type, quality);
  },

  /** Makes a style of a network file of any program. */
  adopt(network: ReadonlyMap<string, Uint8Array>): Promise<AdoptedStyle> {
    return adoptStyle(network, device);
  },

  /** Forgets a style and what was drawn in it. */
  async forget(id: string): Promise<void> {
    for (const key of drawn.keys()) if (key.startsWith(`${id} `)) drawn.delete(key);
    await styles.forget(id);
  },
};

/** What the page calls. */
export type DrawWorker = typeof worker;

expose(worker);
