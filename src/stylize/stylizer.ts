import { badOption, failure, usage } from '../core/errors.js';
import { fillHidden } from '../core/fill-hidden.js';
import type { Image } from '../core/image.js';
import { fromPlanes, toPlanes } from '../core/planes.js';
import { cropPicture, extendPicture } from '../core/rectangles.js';
import { type Mixture, mixVector, requireStrength } from '../files/mixture.js';
import { fromMetadata, isStyleMetadata } from '../files/style-metadata.js';
import { isUpscaleMetadata } from '../files/upscale-file.js';
import { type ModelValue, readModel } from '../graph/model.js';
import type { OpenSession, Session, SessionOptions } from '../runtime/session.js';
import { inToneOf, isOneColour } from './one-colour.js';
import { drawWithStrokeSize, requireStrokeSize } from './stroke-size.js';

/** How a style is applied. */
export interface StylizerOptions extends Pick<SessionOptions, 'device' | 'threads'> {
  /** `openSession` of runtime/node or of runtime/web. */
  openSession: OpenSession;
  /** Resizes a picture; needed only for pictures of another size than a network takes, when it takes one size only. */
  resize?: (image: Image, width: number, height: number) => Promise<Image>;
  /** The paintings of a network of many, and how much of each; needed when it has several. */
  mix?: Mixture;
  /** 1 (default): the style; 0: the photo; between: between. */
  strength?: number;
  /** Strokes so many times as large as the network draws them, 0.5 to 4; 1 by default. */
  strokeSize?: number;
}

/** What may be chosen anew for each picture. */
export type StyleChoice = Pick<StylizerOptions, 'mix' | 'strength' | 'strokeSize'>;

/** A style that is loaded and ready. */
export interface Stylizer {
  /** The device in use. */
  readonly device: string;
  /** Set when the network takes one size only, so that pictures are resized to it and back. */
  readonly fixedSize: { width: number; height: number } | undefined;
  /** Names of the paintings, when the network has more than one. */
  readonly paintings: readonly string[] | undefined;
  /**
   * Draws the picture in the style, of exactly the same size. Alpha is kept.
   *
   * @param choice another mixture, strength or stroke size than the stylizer was opened with
   * @throws FnsError (usage) for an unknown painting, or a strength or stroke size out of range.
   */
  stylize(image: Image, choice?: StyleChoice): Promise<Image>;
  /** Frees the memory. */
  close(): Promise<void>;
}

/** Sides that are no multiple of this are continued before a network of another project sees them. */
const FOREIGN_MULTIPLE = 4;
const FOREIGN_MINIMUM = 32;

/** The tensors that a network takes and gives. */
interface Signature {
  input: string;
  output: string;
  /** Our own style files accept every size and keep it. */
  ours: boolean;
  fixedSize: { width: number; height: number } | undefined;
  paintings: string[] | undefined;
}

/**
 * Loads a style: a file of ours, or any ONNX fast style network with one picture `[1, 3, H, W]` (RGB 0..255) in and one
 * out.
 *
 * @param label the name of the style in errors
 * @throws FnsError when the bytes are no such network or the device is missing.
 */
export async function openStylizer(
  model: Uint8Array,
  label: string,
  options: StylizerOptions,
): Promise<Stylizer> {
  const signature = signatureOf(model, label);
  const { device, threads, openSession, resize } = options;
  let session = await openSession(model, { device, threads });
  const { fixedSize, ours, paintings } = signature;
  const mixOf = ({
    mix = options.mix,
    strength = options.strength ?? 1,
    strokeSize = options.strokeSize ?? 1,
  }: StyleChoice) => {
    requireStrength(strength);
    requireStrokeSize(strokeSize);
    if (fixedSize && strokeSize !== 1) {
      throw badOption(
        'strokeSize',
        `${label} takes pictures of one size only: its strokes have one size too`,
      );
    }
    if (paintings) return mixVector(paintings, mix, strength, label);
    if (mix) throw usage(`${label} holds one painting only: no name is needed after it`);
    return undefined;
  };
  // A wrong option is reported now, not at the first picture.
  if (options.mix || !paintings) mixOf({});
  const run = async (image: Image, mix: Float32Array | undefined): Promise<Image> => {
    try {
      return await runNetwork(session, signature, image, label, mix);
    } catch (error) {
      // A GPU's buffers are limited (128 MiB by default in WebGPU); the choice was ours, so the CPU takes over.
      if ((device ?? 'auto') !== 'auto' || session.device === 'cpu') throw error;
      await session.close();
      session = await openSession(model, { device: 'cpu', threads });
      return runNetwork(session, signature, image, label, mix);
    }
  };
  return {
    get device() {
      return session.device;
    },
    fixedSize,
    paintings,
    async stylize(given, choice = {}) {
      const mix = mixOf(choice);
      const image = fillHidden(given);
      const strength = choice.strength ?? options.strength ?? 1;
      const strokeSize = choice.strokeSize ?? options.strokeSize ?? 1;
      const draw = (photo: Image): Promise<Image> => {
        if (fixedSize) return runResized((small) => run(small, mix), photo, fixedSize, label, resize);
        return ours ? run(photo, mix) : runPadded((padded) => run(padded, mix), photo);
      };
      let result = await (strokeSize === 1 ? draw(image) : drawWithStrokeSize(draw, image, strokeSize));
      const photo = toPlanes(image);
      if (isOneColour(photo))
        result = fromPlanes(inToneOf(toPlanes(result), photo), image.deep !== undefined);
      // A network of many paintings has mixed the photo in already.
      if (!paintings && strength < 1) result = blend(image, result, strength);
      return image.alpha ? { ...result, alpha: image.alpha } : result;
    },
    close: () => session.close(),
  };
}

/** `strength` of the second picture and the rest of the first, of the same size. */
function blend(photo: Image, picture: Image, strength: number): Image {
  const { width, height } = picture;
  const data = picture.data.map((value, i) => Math.round(strength * value + (1 - strength) * photo.data[i]!));
  return { width, height, data };
}

function withoutAlpha({ width, height, data }: Image): Image {
  return { width, height, data };
}

function signatureOf(model: Uint8Array, label: string): Signature {
  const { inputs, outputs, metadata } = readModel(model, label);
  if (isUpscaleMetadata(metadata)) {
    throw failure(`${label} is a super-resolution network, not a style`, undefined, 'upscaler-as-style');
  }
  const ours = isStyleMetadata(metadata);
  const paintings = ours ? fromMetadata(metadata, label, 'an ONNX file').paintings : undefined;
  const [input, output] = [inputs[0], outputs[0]];
  const isPicture = (v: ModelValue | undefined) =>
    v !== undefined &&
    (v.dtype === undefined || v.dtype === 'float32') &&
    (v.shape.length === 4 || v.shape.length === 0);
  const channels = input?.shape[1];
  const fits =
    inputs.length === (paintings ? 2 : 1) && outputs.length === 1 && isPicture(input) && isPicture(output);
  if (!fits || (typeof channels === 'number' && channels !== 3)) {
    const text = (values: ModelValue[]) =>
      values.map((v) => `${v.name} ${v.dtype ?? ''}[${v.shape.join(', ')}]`).join(', ');
    throw failure(
      `${label} is no style network: one float32 picture [1, 3, H, W] in and one out are needed, ` +
        `it takes ${text(inputs) || 'nothing'} and gives ${text(outputs) || 'nothing'}`,
    );
  }
  const [, , height, width] = input!.shape;
  const fixedSize = typeof height === 'number' && typeof width === 'number' ? { height, width } : undefined;
  return { input: input!.name, output: output!.name, ours, fixedSize, paintings };
}

async function runNetwork(
  session: Session,
  { input, output }: Signature,
  image: Image,
  label: string,
  mix: Float32Array | undefined,
): Promise<Image> {
  const { width, height } = image;
  const results = await session.run({
    [input]: { dtype: 'float32', shape: [1, 3, height, width], data: toPlanes(image).data },
    ...(mix ? { mix: { dtype: 'float32', shape: [1, mix.length], data: mix } } : {}),
  });
  const result = results[output]!;
  const [, channels, h, w] = result.shape as number[];
  if (result.shape.length !== 4 || channels !== 3 || !(result.data instanceof Float32Array)) {
    throw failure(
      `${label} gave [${result.shape.join(', ')}] ${result.dtype} instead of a picture [1, 3, H, W]`,
    );
  }
  if (result.data.some((v) => !Number.isFinite(v))) {
    throw failure(
      `${label} gave numbers that are not finite on ${session.device}: the file is damaged or its training diverged`,
    );
  }
  return fromPlanes({ width: w!, height: h!, data: result.data }, image.deep !== undefined);
}

/** Runs a network that takes one size only: the picture is resized to it, and the result back, where they differ. */
async function runResized(
  run: (image: Image) => Promise<Image>,
  image: Image,
  fixed: { width: number; height: number },
  label: string,
  resize: StylizerOptions['resize'],
): Promise<Image> {
  const to = async (picture: Image, { width, height }: { width: number; height: number }) => {
    if (picture.width === width && picture.height === height) return picture;
    if (resize) return resize(picture, width, height);
    throw failure(
      `${label} takes only ${fixed.width}x${fixed.height} pictures, and no resize function was given`,
    );
  };
  return to(await run(await to(withoutAlpha(image), fixed)), image);
}

/** Runs a network that may need multiples of 4, and cuts the result back to the picture's size. */
async function runPadded(run: (image: Image) => Promise<Image>, image: Image): Promise<Image> {
  const { width, height } = image;
  const room = (side: number) =>
    Math.max(FOREIGN_MINIMUM, Math.ceil(side / FOREIGN_MULTIPLE) * FOREIGN_MULTIPLE);
  const result = await run(extendPicture(image, room(width), room(height)));
  if (result.width < width || result.height < height) {
    throw failure(
      `the network gave ${result.width}x${result.height} for a picture of ${width}x${height}: it does not keep sizes`,
    );
  }
  return cropPicture(result, { left: 0, top: 0, width, height });
}
