/** A style network that is loaded: ours, or any ONNX fast style network of another project. */
import { allFinite } from '../core/all-finite.js';
import { resizeBicubic } from '../core/bicubic.js';
import { badOption, failure } from '../core/errors.js';
import { clipPlanes, type Planes } from '../core/planes.js';
import { cropPlanes, extendPlanes } from '../core/rectangles.js';
import { planesSource, putRows, type RowSource, type WriteRows } from '../core/row-source.js';
import type { Size } from '../core/sizes.js';
import { fromNetwork, type PixelFormat, RGB_255, statedFormat, toNetwork } from '../files/pixel-format.js';
import { styleOfModel } from '../files/style-file.js';
import { withFreeSizes } from '../graph/free-sizes.js';
import { type ModelDescription, readModel } from '../graph/model.js';
import type { OpenSession, SessionOptions } from '../runtime/session.js';
import { formatNotes, guessPixelFormat, TEST_SIDE } from './guess-pixel-format.js';
import {
  BYTES_PER_VALUE,
  type DrawJob,
  isOutOfMemory,
  largePictures,
  type MemoryOptions,
} from './large-pictures.js';
import { type NetworkSessions, openFile, openSizes } from './network-sessions.js';
import { type Signature, signatureOf } from './signature.js';
import { drawWithStrokeSize } from './stroke-size.js';

/** How a network is loaded. */
export interface NetworkOptions
  extends Pick<SessionOptions, 'device' | 'threads'>,
    Partial<PixelFormat>,
    MemoryOptions {
  /** `openSession` of runtime/node or of runtime/web. */
  openSession: OpenSession;
}

/** A style network that is loaded and ready. */
export interface StyleNetwork extends Pick<Signature, 'ours' | 'fixedSize' | 'paintings'> {
  /** Its name in messages. */
  readonly label: string;
  /** The device in use. */
  readonly device: string;
  /** What a person should know: that pictures are resized, how the network wants its pixels. */
  readonly notes: readonly string[];
  /**
   * @throws FnsError (usage) when it cannot draw strokes of that size.
   */
  requireStrokeSize(strokeSize: number): void;
  /**
   * Draws a photo in the style.
   *
   * @param photo RGB 0..255
   * @param mix of a network of many paintings: `mixVector`
   * @returns RGB 0..255, not rounded, of the size of the photo
   */
  draw(photo: Planes, strokeSize: number, mix?: Float32Array, job?: DrawJob): Promise<Planes>;
  /** Bytes that it takes to draw a picture of this size whole, about; more rather than less where that is not known. */
  bytesFor(photo: Size, strokeSize: number): number;
  /** Tells whether a picture of this size has to be drawn in strips. */
  isTooLarge(photo: Size): boolean;
  /** Draws one that is, without planes of the whole picture: `write` is told its rows. */
  drawLarge(photo: RowSource, mix: Float32Array | undefined, job: DrawJob, write: WriteRows): Promise<void>;
  /** Frees the memory. */
  close(): Promise<void>;
}

/** Sides that are no multiple of this are continued before a network of another project sees them. */
const FOREIGN_MULTIPLE = 4;
const FOREIGN_MINIMUM = 32;

/** Channels at full resolution that they are taken to have. The paper's and lengstrom's have 32. */
const FOREIGN_WIDTH = 64;

/**
 * Loads a style network.
 *
 * @param label its name in messages
 * @throws FnsError when the bytes are no such network or the device is missing.
 */
export async function openNetwork(
  bytes: Uint8Array,
  label: string,
  options: NetworkOptions,
): Promise<StyleNetwork> {
  const model = readModel(bytes, label);
  const signature = signatureOf(model, label);
  const { fixedSize, ours, paintings } = signature;
  const { device, threads, openSession } = options;
  const style = ours && !fixedSize ? styleOfModel(model, label) : undefined;
  const open = (on: NetworkOptions['device']) => {
    const opened = { device: on, threads, openSession };
    return style?.info.architecture === 'modern'
      ? openSizes(style, label, opened)
      : openFile(ours ? bytes : withFreeSizes(bytes), opened);
  };
  let sessions = await open(device);
  const large = style && largePictures(style, options);
  /** Does something on the device; a GPU has its limits, and where the choice was ours the CPU takes over. */
  let fallback: Promise<NetworkSessions> | undefined;
  const onDevice = async <T>(work: () => Promise<T>, job: DrawJob): Promise<T> => {
    const used = sessions;
    try {
      return await work();
    } catch (error) {
      if ((device ?? 'auto') !== 'auto' || used.device === 'cpu') throw error;
      job.signal?.throwIfAborted();
      // Once, also where several pictures are drawn at the same time.
      fallback ??= used.close().then(() => open('cpu'));
      sessions = await fallback;
      return work();
    }
  };
  const runWhole = async (input: Planes, mix: Float32Array | undefined, job: DrawJob): Promise<Planes> => {
    try {
      return await runNetwork(sessions, signature, input, label, mix);
    } catch (error) {
      if (!large || !isOutOfMemory(error)) throw error;
      // It was taken to fit. Strips need less, once the sessions give back what they have.
      await sessions.release();
      return asPlanes(input, (write) => large.draw(planesSource(input), mix, job, sessions.first, write));
    }
  };
  const drawLarge: StyleNetwork['drawLarge'] = (photo, mix, job, write) =>
    onDevice(async () => {
      await sessions.release();
      return large!.draw(photo, mix, job, sessions.first, write);
    }, job);
  const run = async (input: Planes, mix?: Float32Array, job: DrawJob = {}): Promise<Planes> => {
    if (large?.isTooLarge(input, sessions.device))
      return asPlanes(input, (write) => drawLarge(planesSource(input), mix, job, write));
    return onDevice(() => runWhole(input, mix, job), job);
  };
  try {
    const { format, notes } = ours
      ? { format: RGB_255, notes: [] }
      : await formatOf(model, label, options, fixedSize, run);
    if (fixedSize) {
      const { width, height } = fixedSize;
      notes.push(`${label} takes ${width}x${height} only: photos are resized to that and back`);
    }
    const drawPixels = async (photo: Planes, mix?: Float32Array, job?: DrawJob): Promise<Planes> => {
      const result = await run({ ...photo, data: toNetwork(photo, format) }, mix, job);
      // Ours clip by themselves, and a copy of a large picture is much memory.
      return ours ? result : clipPlanes({ ...result, data: fromNetwork(result.data, format) });
    };
    const draw = (photo: Planes, mix?: Float32Array, job?: DrawJob): Promise<Planes> => {
      if (ours && !fixedSize) return drawPixels(photo, mix, job);
      const drawPhoto = (planes: Planes) => drawPixels(planes, mix);
      return fixedSize ? drawResized(drawPhoto, photo, fixedSize) : drawPadded(drawPhoto, photo);
    };
    return {
      ...{ label, ours, fixedSize, paintings, notes },
      get device() {
        return sessions.device;
      },
      requireStrokeSize(strokeSize) {
        if (!fixedSize || strokeSize === 1) return;
        const why = `${label} takes pictures of one size only: its strokes have one size too`;
        throw badOption('strokeSize', why);
      },
      draw: (photo, strokeSize, mix, job) =>
        strokeSize === 1
          ? draw(photo, mix, job)
          : drawWithStrokeSize((reduced) => draw(reduced, mix, job), photo, strokeSize),
      bytesFor(photo, strokeSize) {
        const { width, height } = fixedSize ?? photo;
        const pixels = (width * height) / (fixedSize ? 1 : strokeSize ** 2);
        return BYTES_PER_VALUE * (style?.info.width ?? FOREIGN_WIDTH) * pixels;
      },
      isTooLarge: (photo) => large?.isTooLarge(photo, sessions.device) ?? false,
      drawLarge,
      close: () => sessions.close(),
    };
  } catch (error) {
    await sessions.close();
    throw error;
  }
}

/** The format that was asked for, or else that the file states, or else a guess, with notes of what was not usual. */
async function formatOf(
  model: ModelDescription,
  label: string,
  asked: Partial<PixelFormat>,
  fixedSize: Size | undefined,
  run: (input: Planes) => Promise<Planes>,
): Promise<{ format: PixelFormat; notes: string[] }> {
  const stated = statedFormat(model);
  const known = {
    channelOrder: asked.channelOrder ?? stated.channelOrder,
    range: asked.range ?? stated.range,
  };
  const size = fixedSize ?? { width: TEST_SIDE, height: TEST_SIDE };
  const format = await guessPixelFormat(async (data) => (await run({ ...size, data })).data, size, known);
  const notes = formatNotes(label, format, asked, stated);
  return { format, notes };
}

/** The planes of a picture whose rows are written. */
async function asPlanes({ width, height }: Size, draw: (write: WriteRows) => Promise<void>): Promise<Planes> {
  const planes = { width, height, data: new Float32Array(3 * width * height) };
  await draw(async (rows, start) => putRows(planes, rows, start));
  return planes;
}

async function runNetwork(
  sessions: NetworkSessions,
  { input, output }: Signature,
  { width, height, data }: Planes,
  label: string,
  mix: Float32Array | undefined,
): Promise<Planes> {
  const results = await sessions.run(
    { width, height },
    {
      [input]: { dtype: 'float32', shape: [1, 3, height, width], data },
      ...(mix ? { mix: { dtype: 'float32', shape: [1, mix.length], data: mix } } : {}),
    },
  );
  const result = results[output]!;
  const [, channels, h, w] = result.shape as number[];
  if (result.shape.length !== 4 || channels !== 3 || !(result.data instanceof Float32Array)) {
    throw failure(
      `${label} gave [${result.shape.join(', ')}] ${result.dtype} instead of a picture [1, 3, H, W]`,
    );
  }
  if (!allFinite(result.data)) {
    throw failure(
      `${label} gave numbers that are not finite on ${sessions.device}: the file is damaged or its training diverged`,
    );
  }
  return { width: w!, height: h!, data: result.data };
}

/** Draws with a network of one size: the photo is resized to it, and the picture back (bicubic), where they differ. */
async function drawResized(
  draw: (photo: Planes) => Promise<Planes>,
  photo: Planes,
  fixed: Size,
): Promise<Planes> {
  const to = (planes: Planes, { width, height }: Size) =>
    planes.width === width && planes.height === height
      ? planes
      : clipPlanes(resizeBicubic(planes, width, height));
  return to(await draw(to(photo, fixed)), photo);
}

/** Draws with a network that may need multiples of 4: the photo is continued, and the picture cut to its size. */
async function drawPadded(draw: (photo: Planes) => Promise<Planes>, photo: Planes): Promise<Planes> {
  const { width, height } = photo;
  const room = (side: number) =>
    Math.max(FOREIGN_MINIMUM, Math.ceil(side / FOREIGN_MULTIPLE) * FOREIGN_MULTIPLE);
  const result = await draw(extendPlanes(photo, room(width), room(height)));
  if (result.width < width || result.height < height) {
    throw failure(
      `the network gave ${result.width}x${result.height} for a picture of ${width}x${height}: it does not keep sizes`,
    );
  }
  return cropPlanes(result, { left: 0, top: 0, width, height });
}
