/** Pictures of any size, strip by strip, in a memory that does not grow with their height. */
import { resizeBicubic } from '../core/bicubic.js';
import type { Image } from '../core/image.js';
import { fromPlanes, toPlanes } from '../core/planes.js';
import type { Style } from '../files/style-file.js';
import { channels, INPUT_RULES } from '../nets/architecture.js';
import { IMAGE, STAGES, type Stage, WHOLE } from '../nets/strip-stages.js';
import { INSTANCE_EPSILON } from '../nets/transform.js';
import type { HostTensor, OpenSession, SessionOptions } from '../runtime/session.js';
import { canvasOf, canvasRows, putRows } from './canvas.js';
import { normInputs, planeStatistics } from './plane-statistics.js';
import type { OpenScratch, ScratchPlane } from './scratch.js';
import { openStage, type PlaneSize, type RowRange, type StoredType } from './strip-session.js';

/**
 * How a picture that is too large for the memory is drawn. `exact`: the statistics of every norm are those of the whole
 * picture, gathered strip by strip, layer by layer. `fast`: those of a smaller version of the picture, and one pass over
 * the strips.
 */
export type TileMode = 'exact' | 'fast';

/** How a picture is drawn in strips. */
export interface StripOptions {
  mode: TileMode;
  /** The most bytes that a strip's values may take. */
  memory: number;
  openSession: OpenSession;
  openScratch: OpenScratch;
  session: Pick<SessionOptions, 'device' | 'threads' | 'beside'>;
  signal?: AbortSignal;
  /** Told the share of the work that is done, above 0 to 1. */
  onShare?: (share: number) => void;
}

/** Longer side of the picture whose statistics `fast` takes. */
const THUMBNAIL = 1024;

/** Rows of a strip: not fewer, because each computes its neighbours' again. */
const LEAST_ROWS = 64;

type Norms = Map<string, HostTensor>;

/**
 * Draws a picture in a style of one painting of a `modern` network, strip by strip.
 *
 * @param photoShare how much of the photo is added to what the network draws
 * @returns the picture, of the photo's size, without alpha
 * @throws the signal's reason when it is aborted
 */
export async function stylizeInStrips(
  photo: Image,
  style: Style,
  options: StripOptions,
  photoShare = 0,
): Promise<Image> {
  const norms: Norms = new Map();
  const stages = options.mode === 'exact' ? STAGES : [WHOLE];
  if (options.mode === 'fast') await addNormsOf(reduced(photo), style, options, norms);
  const run = stripRun(photo, style, options, photoShare);
  try {
    for (const [i, stage] of stages.entries()) {
      await run.stage(stage, norms, (share) => options.onShare?.((i + share) / stages.length));
    }
  } finally {
    await run.free();
  }
  return run.picture;
}

/** Gathers the norms of a picture. */
async function addNormsOf(photo: Image, style: Style, options: StripOptions, norms: Norms): Promise<void> {
  const run = stripRun(photo, style, options, 0);
  try {
    for (const stage of STAGES) if (stage.norm) await run.stage(stage, norms);
  } finally {
    await run.free();
  }
}

/** The photo with a longer side of at most `THUMBNAIL` pixels. */
function reduced(photo: Image): Image {
  const factor = Math.max(photo.width, photo.height) / THUMBNAIL;
  if (factor <= 1) return photo;
  const side = (pixels: number) => Math.max(1, Math.round(pixels / factor));
  return fromPlanes(resizeBicubic(toPlanes(photo), side(photo.width), side(photo.height)));
}

/** One picture on its way through the stages. */
function stripRun(photo: Image, { info, parameters }: Style, options: StripOptions, photoShare: number) {
  const canvas = canvasOf(photo, { ...INPUT_RULES[info.architecture], bleed: info.bleed ?? 0 });
  const [full, , deepest] = channels(info.width);
  const quarter: PlaneSize = { channels: deepest, height: canvas.height / 4, width: canvas.width / 4 };
  const sizes = new Map<string, PlaneSize>([
    [IMAGE, { channels: 3, height: canvas.height, width: canvas.width }],
  ]);
  const convolutions = new Map([...parameters].filter(([name]) => /\.(weight|bias)$/.test(name)));
  const planes = new Map<string, ScratchPlane>();
  const picture: Image = {
    width: photo.width,
    height: photo.height,
    data: new Uint8Array(photo.data.length),
  };
  if (photo.deep) picture.deep = new Uint16Array(photo.data.length);
  const strips = stripsOf(canvas.height, options.memory / (ROW_VALUES * 4 * full * canvas.width));

  async function runStage(stage: Stage, norms: Norms, onShare?: (share: number) => void): Promise<void> {
    const device = await options.openSession.deviceFor(options.session.device);
    const storedType: StoredType = device === 'cpu' ? 'float16' : 'float32';
    const bytesPerRow = quarter.channels * quarter.width * BYTES[storedType];
    const stored: [name: string, output: string][] = [];
    if (stage.stores !== undefined) stored.push([stage.stores, 'stored']);
    if (stage.storesValue !== undefined) stored.push([stage.storesValue, 'value']);
    for (const [name] of stored) {
      sizes.set(name, quarter);
      planes.set(name, await options.openScratch(quarter.height, bytesPerRow));
    }
    const inputOf = async (name: string, rows: RowRange): Promise<HostTensor> => {
      if (name === IMAGE) return { dtype: 'float32', ...canvasRows(photo, canvas, rows) };
      const shape = [rows.end - rows.start, quarter.channels, quarter.width];
      return storedTensor(storedType, shape, await planes.get(name)!.read(rows.start, rows.end));
    };
    const sessions = openStage({ ...options, stage, sizes, parameters: convolutions, storedType });
    const statistics = planeStatistics();
    try {
      for (const [i, strip] of strips.entries()) {
        options.signal?.throwIfAborted();
        const rows = { start: strip.start / stage.scale, end: strip.end / stage.scale };
        const found = await sessions.run(rows, canvas.height / stage.scale, inputOf, norms);
        for (const [name, output] of stored) {
          await planes.get(name)!.write(strip.start / 4, bytesOf(found[output]!));
        }
        if (found.picture) {
          putRows(picture, canvas, found.picture.data as Float32Array, strip, photo, photoShare);
        } else {
          const { mean, variance } = found;
          statistics.add(mean!.data as Float32Array, variance!.data as Float32Array, strip.end - strip.start);
        }
        onShare?.((i + 1) / strips.length);
      }
    } finally {
      await sessions.close();
    }
    if (stage.norm !== undefined) {
      const inputs = normInputs(stage.norm, statistics, parameters, INSTANCE_EPSILON.modern);
      for (const [name, input] of inputs) norms.set(name, input);
    }
    const later = STAGES.slice(STAGES.indexOf(stage) + 1).flatMap(({ reads }) => reads);
    for (const [name, plane] of planes) {
      if (later.includes(name)) continue;
      planes.delete(name);
      await plane.free();
    }
  }

  return {
    picture,
    stage: runStage,
    async free() {
      for (const plane of planes.values()) await plane.free();
      planes.clear();
    },
  };
}

const BYTES = { float16: 2, float32: 4 } as const;

/** Numbers for each channel and pixel at full resolution that a strip's graph holds at once. */
const ROW_VALUES = 8;

/**
 * The rows of the canvas in strips of at most `rows` (but at least `LEAST_ROWS`), multiples of 4. All but the last have
 * the same number, so that few graphs are needed.
 */
function stripsOf(height: number, rows: number): RowRange[] {
  const count = Math.ceil(height / Math.max(LEAST_ROWS, rows));
  const each = 4 * Math.ceil(height / count / 4);
  const starts = Array.from({ length: Math.ceil(height / each) }, (_, i) => i * each);
  return starts.map((start) => ({ start, end: Math.min(start + each, height) }));
}

function storedTensor(dtype: StoredType, shape: number[], { buffer }: Uint8Array): HostTensor {
  return { dtype, shape, data: dtype === 'float16' ? new Uint16Array(buffer) : new Float32Array(buffer) };
}

function bytesOf({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
