/** Styles and super-resolution networks, loaded in Node. */
import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Image } from '../core/image.js';
import { parseBlend } from '../files/mixture.js';
import type { StyleShare } from '../stylize/blend.js';
import { openStylizer, type StyleInput, type Stylizer, type StylizerOptions } from '../stylize/stylizer.js';
import { openUpscaler, type Upscaler, type UpscalerOptions } from '../upscale/upscaler.js';
import { fileScratch } from './scratch-file.js';
import { openSession } from './session.js';
import { readStyleFile, readUpscalerFile, type StyleBytes } from './shipped.js';

/** One style of a blend: a shipped name, the path of an ONNX file, or its bytes. */
export interface NamedShare extends Omit<StyleShare, 'style'> {
  style: string | Uint8Array;
}

/**
 * A style: a shipped name (`wave`), the path of an ONNX file, or its bytes; `many.onnx:wave=0.6,scream=0.4` for a mixture
 * of paintings in one network; `wave=0.7,starry=0.3` or a list for a blend of any styles.
 */
export type StyleSource = string | Uint8Array | readonly NamedShare[];

/** Options of `loadStyle` and `stylize`. */
export interface StyleOptions extends Omit<StylizerOptions, 'openSession' | 'maskStyle'> {
  /** The style of what the mask leaves, instead of the photo. */
  maskStyle?: StyleSource;
}

/** Loads a style for several pictures. */
export async function loadStyle(style: StyleSource, options: StyleOptions = {}): Promise<Stylizer> {
  // One file has the same bytes wherever it is named, so that it becomes one network.
  const files = new Map<string, Promise<StyleBytes>>();
  const read = (name: string): Promise<StyleBytes> => {
    if (!files.has(name)) files.set(name, readStyleFile(name));
    return files.get(name)!;
  };
  const { maskStyle, memory = totalmem() / 4, openScratch = fileScratch, ...others } = options;
  const named = await sharesOf(style, read);
  const rest = maskStyle === undefined ? {} : { maskStyle: await sharesOf(maskStyle, read) };
  return openStylizer(named, 'the style', { ...others, ...rest, memory, openScratch, openSession });
}

async function sharesOf(
  style: StyleSource,
  read: (name: string) => Promise<StyleBytes>,
): Promise<StyleInput> {
  if (style instanceof Uint8Array) return style;
  const shares: StyleShare[] = [];
  for (const part of typeof style === 'string' ? namedShares(style) : style) {
    if (part.style instanceof Uint8Array) shares.push({ ...part, style: part.style });
    else {
      const { bytes, label, mix } = await read(part.style);
      shares.push({ style: bytes, label: part.label ?? label, share: part.share, mix: part.mix ?? mix });
    }
  }
  return shares;
}

function namedShares(text: string): NamedShare[] {
  // A file may have a comma or an equals sign in its name.
  if (existsSync(text)) return [{ style: text }];
  return parseBlend(text).map(({ file, painting, share }) => ({
    style: file,
    share,
    ...(painting === undefined ? {} : { mix: { [painting]: 1 } }),
  }));
}

/** The bytes of all networks that styles are drawn with. */
export async function networksOf(...styles: (StyleSource | undefined)[]): Promise<Uint8Array[]> {
  const networks: Uint8Array[] = [];
  for (const style of styles) {
    if (style === undefined) continue;
    const shares = await sharesOf(style, readStyleFile);
    if (shares instanceof Uint8Array) networks.push(shares);
    else networks.push(...shares.map((share) => share.style));
  }
  return networks;
}

/** Applies a style to one picture. */
export async function stylize(image: Image, style: StyleSource, options: StyleOptions = {}): Promise<Image> {
  const stylizer = await loadStyle(style, options);
  try {
    return await stylizer.stylize(image);
  } finally {
    await stylizer.close();
  }
}

/** Options of `loadUpscaler`. */
export type UpscaleOptions = Omit<UpscalerOptions, 'openSession'>;

/**
 * Loads a super-resolution network for several pictures.
 *
 * @param network a shipped name (`upscale-x4`), the path of an ONNX file, or its bytes
 */
export async function loadUpscaler(
  network: string | Uint8Array,
  options: UpscaleOptions = {},
): Promise<Upscaler> {
  const { bytes, label } =
    typeof network === 'string' ? await readUpscalerFile(network) : { bytes: network, label: 'the network' };
  const { memory = totalmem() / 4, openScratch = fileScratch, ...others } = options;
  return openUpscaler(bytes, label, { ...others, memory, openScratch, openSession });
}
