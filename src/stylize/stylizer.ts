/** A style that is loaded: one network or a blend of several, and what is made of their pictures. */
import { badOption } from '../core/errors.js';
import { fillHidden } from '../core/fill-hidden.js';
import type { Image } from '../core/image.js';
import { fromPlanes, type Planes, toPlanes } from '../core/planes.js';
import { emptyImage, imageSource, putImageRows, type RowSource, type WriteRows } from '../core/row-source.js';
import { memoryScratch } from '../core/scratch.js';
import type { Size } from '../core/sizes.js';
import { requirePixelFormat } from '../files/pixel-format.js';
import { joinShares, type StyleShare } from './blend.js';
import { drawLargeLook, isLarge, type Look } from './large-look.js';
import type { DrawJob } from './large-pictures.js';
import { type LoadedPart, type Plan, planOf, type StyleChoice } from './look-plan.js';
import { maskPlane, meanPicture, towards, withPhotoColours } from './looks.js';
import { type NetworkOptions, openNetwork, type StyleNetwork } from './network.js';
import { inToneOf, isOneColour } from './one-colour.js';

export type { StyleChoice } from './look-plan.js';

/** A style: the bytes of a style file, or a blend of several. */
export type StyleInput = Uint8Array | readonly StyleShare[];

/** How a style is applied. */
export interface StylizerOptions extends NetworkOptions, StyleChoice {
  /** The style of what the mask leaves, instead of the photo. */
  maskStyle?: StyleInput;
}

/** A style that is loaded and ready. */
export interface Stylizer {
  /** The device in use. */
  readonly device: string;
  /** Set when the network takes one size only, so that pictures are resized to it and back. */
  readonly fixedSize: Size | undefined;
  /** Names of the paintings, when the style is one network of more than one. */
  readonly paintings: readonly string[] | undefined;
  /** What a person should know: that pictures are resized, how a network of another project wants its pixels. */
  readonly notes: readonly string[];
  /**
   * Draws the picture in the style, of exactly the same size. Alpha is kept.
   *
   * @param choice what is other than the stylizer was opened with
   * @param job told how far a picture in strips is, and may end it
   * @throws FnsError (usage) for an unknown painting, or a choice out of range; the signal's reason when it is aborted.
   */
  stylize(image: Image, choice?: StyleChoice, job?: DrawJob): Promise<Image>;
  /** Bytes that it takes to draw a picture of this size whole, about. */
  bytesFor(size: Size, choice?: StyleChoice): number;
  /** Tells whether pictures of this size are drawn in strips. Those can be drawn by `stylizeRows`, too. */
  isLarge(size: Size, choice?: StyleChoice): boolean;
  /**
   * Draws a picture that `isLarge` and need not be in memory: as `stylize`, but alpha is the caller's. What it hides counts
   * as visible.
   *
   * @param write told the rows of the picture
   */
  stylizeRows(photo: RowSource, write: WriteRows, choice?: StyleChoice, job?: DrawJob): Promise<void>;
  /** Frees the memory. */
  close(): Promise<void>;
}

/**
 * Loads a style: files of ours, or any ONNX fast style network with one picture `[1, 3, H, W]` in and one out. Networks
 * of other projects say in their files whether they want red or blue first, in 0..255 or 0..1, or it is guessed; the
 * options `channelOrder` and `range` say it otherwise.
 *
 * @param label the name of the style in messages; a share of a blend may have its own
 * @throws FnsError when the bytes are no such network, an option is wrong or the device is missing.
 */
export async function openStylizer(
  style: StyleInput,
  label: string,
  options: StylizerOptions,
): Promise<Stylizer> {
  requirePixelFormat(options);
  const networks = new Map<Uint8Array, StyleNetwork>();
  const close = async () => {
    for (const network of networks.values()) await network.close();
  };
  const load = async (input: StyleInput, name: string): Promise<LoadedPart[]> => {
    const parts: LoadedPart[] = [];
    for (const { style: bytes, share, mix, label } of joinShares(input, name)) {
      const network = networks.get(bytes) ?? (await openNetwork(bytes, label, options));
      networks.set(bytes, network);
      parts.push({ network, share, mix });
    }
    return parts;
  };
  try {
    const parts = await load(style, label);
    const others = options.maskStyle && (await load(options.maskStyle, 'the style of the rest'));
    const all = [...networks.values()];
    for (const option of ['channelOrder', 'range'] as const) {
      if (options[option] !== undefined && all.every(({ ours }) => ours)) {
        throw badOption(option, `${all[0]!.label} is a style of this program, which knows its own`);
      }
    }
    const only = parts.length === 1 ? parts[0]!.network : undefined;
    // A wrong option is reported now, not at the first picture.
    const mixIsKnown = !only?.paintings || options.mix || parts[0]!.mix;
    planOf(parts, options, mixIsKnown ? {} : { mix: { [only.paintings![0]!]: 1 } });
    if (others) planOf(others, { ...options, mix: undefined }, {});
    const lookOf = (choice: StyleChoice): Look => {
      const plan = planOf(parts, options, choice);
      const other = others && planOf(others, { ...options, mix: undefined }, { ...choice, mix: undefined });
      const mask = choice.mask ?? options.mask;
      if (other && !mask) throw badOption('maskStyle', 'a mask is needed with it');
      return { plan, other, mask, openScratch: options.openScratch ?? memoryScratch };
    };
    return {
      get device() {
        return parts[0]!.network.device;
      },
      fixedSize: all.find(({ fixedSize }) => fixedSize)?.fixedSize,
      paintings: only?.paintings,
      notes: all.flatMap(({ notes }) => notes),
      bytesFor(size, choice = {}) {
        const { plan, other } = lookOf(choice);
        // Each network keeps the memory of its largest run.
        const bytes = (other ? [plan, other] : [plan]).flatMap(({ parts, strokeSize }) =>
          parts.map(({ network }) => network.bytesFor(size, strokeSize)),
        );
        return bytes.reduce((sum, each) => sum + each, 0);
      },
      isLarge: (size, choice = {}) => isLarge(lookOf(choice), size),
      async stylize(given, choice = {}, job = {}) {
        const image = fillHidden(given);
        const look = lookOf(choice);
        const { plan, other, mask } = look;
        if (plan.strength === 0) return { ...given, data: given.data.slice() };
        const { alpha } = image;
        if (isLarge(look, image)) {
          const large = emptyImage(image);
          const held = (image.deep ? 18 : 6) * image.width * image.height;
          const write = async (rows: Planes, start: number) => putImageRows(large, rows, start);
          await drawLargeLook(look, imageSource(image), write, { held, ...job });
          return alpha ? { ...large, alpha } : large;
        }
        const photo = toPlanes(image);
        let picture = await drawLook(plan, image, photo, job);
        if (mask) {
          const rest = other ? await drawLook(other, image, photo, job) : photo;
          picture = towards(rest, picture, maskPlane(mask, image));
        }
        const result = fromPlanes(picture, image.deep !== undefined);
        return alpha ? { ...result, alpha } : result;
      },
      stylizeRows: (photo, write, choice = {}, job = {}) => drawLargeLook(lookOf(choice), photo, write, job),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Steps 1 to 4 of `looks.ts`: of a picture, and the same as planes. */
async function drawLook(plan: Plan, image: Image, photo: Planes, job: DrawJob): Promise<Planes> {
  const { parts, strokeSize, colours, strength, strengthInside } = plan;
  const pictures: Planes[] = [];
  for (const { network, mix } of parts) pictures.push(await network.draw(photo, strokeSize, mix, job));
  const blend = meanPicture(
    pictures,
    parts.map(({ share }) => share),
  );
  const toned = isOneColour(image) ? inToneOf(blend, photo) : blend;
  const coloured = withPhotoColours(toned, photo, colours, image.alpha);
  return strengthInside ? coloured : towards(photo, coloured, strength);
}
