/** Pictures of any size, strip by strip, in a memory that does not grow with their height. */
import { resizeBicubicSource } from '../core/bicubic.js';
import { clipPlanes, fromPlanes, toPlanes } from '../core/planes.js';
import { planesSource, type RowSource, type WriteRows } from '../core/row-source.js';
import type { OpenScratch, ScratchPlane } from '../core/scratch.js';
import type { Style } from '../files/style-file.js';
import { channels, INPUT_RULES } from '../nets/architecture.js';
import { type Affine, IMAGE, KNOWN_STAGES, STAGES, type Stage } from '../nets/strip-stages.js';
import { INSTANCE_EPSILON } from '../nets/transform.js';
import { type LaneSession, openLanes, runLanes } from '../runtime/lanes.js';
import type { HostTensor, OpenSession } from '../runtime/session.js';
import { canvasOf, canvasRows, pictureRows } from './canvas.js';
import { affineNorm, planeStatistics } from './plane-statistics.js';
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
  session: LaneSession;
  /** How many strips are computed at the same time; 1 by default. */
  lanes?: number;
  signal?: AbortSignal;
  /** Told the share of the work that is done, above 0 to 1. */
  onShare?: (share: number) => void;
}

/** Longer side of the picture whose statistics `fast` takes. */
const THUMBNAIL = 1024;

/** Rows of a strip: not fewer, because each computes its neighbours' again. */
const LEAST_ROWS = 64;

/** The bytes of the smallest strip of a picture so wide, with what is read for the next one and what is put away. */
export function leastStripBytes(channels: number, width: number): number {
  return 1.25 * LEAST_ROWS * ROW_VALUES * 4 * channels * width;
}

type Norms = Map<string, Affine>;

/**
 * Draws a picture in a style of one painting of a `modern` network, strip by strip.
 *
 * @param write told the picture's rows
 * @param photoShare how much of the photo is added to what the network draws
 * @throws the signal's reason when it is aborted
 */
export async function stylizeInStrips(
  photo: RowSource,
  style: Style,
  options: StripOptions,
  write: WriteRows,
  photoShare = 0,
): Promise<void> {
  const norms: Norms = new Map();
  const stages = options.mode === 'exact' ? STAGES : KNOWN_STAGES;
  if (options.mode === 'fast') await addNormsOf(await reduced(photo), style, options, norms);
  const add: WriteRows = async (rows, start) => {
    if (photoShare !== 0) {
      const own = (await photo.read(start, start + rows.height)).data;
      for (let i = 0; i < own.length; i++) rows.data[i]! += photoShare * own[i]!;
    }
    await write(clipPlanes(rows), start);
  };
  const { openSession, session, lanes: count = 1 } = options;
  const lanes = await openLanes(openSession, session, count);
  const run = stripRun(photo, style, { ...options, sessions: lanes.sessions }, stages, add);
  try {
    for (const [i, stage] of stages.entries()) {
      await run.stage(stage, norms, (share) => options.onShare?.((i + share) / stages.length));
    }
  } finally {
    await run.free().finally(lanes.close);
  }
}

/** Gathers the norms of a picture. */
async function addNormsOf(
  photo: RowSource,
  style: Style,
  options: StripOptions,
  norms: Norms,
): Promise<void> {
  const stages = STAGES.filter(({ norm }) => norm);
  const run = stripRun(photo, style, { ...options, sessions: [options.session] }, stages, async () => {});
  try {
    for (const stage of stages) await run.stage(stage, norms);
  } finally {
    await run.free();
  }
}

/** The photo with a longer side of at most `THUMBNAIL` pixels. */
async function reduced(photo: RowSource): Promise<RowSource> {
  const factor = Math.max(photo.width, photo.height) / THUMBNAIL;
  if (factor <= 1) return photo;
  const side = (pixels: number) => Math.max(1, Math.round(pixels / factor));
  const small = await resizeBicubicSource(photo, side(photo.width), side(photo.height));
  // Rounded, as a picture of that size would be.
  return planesSource(toPlanes(fromPlanes(small)));
}

/** One picture on its way through the stages. */
function stripRun(
  photo: RowSource,
  { info, parameters }: Style,
  options: StripOptions & { sessions: readonly LaneSession[] },
  stages: readonly Stage[],
  write: WriteRows,
) {
  const canvas = canvasOf(photo, { ...INPUT_RULES[info.architecture], bleed: info.bleed ?? 0 });
  const [full, middle, deepest] = channels(info.width);
  const quarter: PlaneSize = { channels: deepest, height: canvas.height / 4, width: canvas.width / 4 };
  const half: PlaneSize = { channels: middle, height: canvas.height / 2, width: canvas.width / 2 };
  const sizes = new Map<string, PlaneSize>([
    [IMAGE, { channels: 3, height: canvas.height, width: canvas.width }],
  ]);
  const planes = new Map<string, ScratchPlane>();

  async function runStage(stage: Stage, norms: Norms, onShare?: (share: number) => void): Promise<void> {
    const device = await options.openSession.deviceFor(options.session.device);

    const storedType = (name: string): StoredType =>
      device === 'cpu' && !EXACT_PLANES.includes(name) ? 'float16' : 'float32';
    const stored: { name: string; output: string; size: PlaneSize }[] = [];
    if (stage.stores !== undefined) stored.push({ name: stage.stores, output: 'stored', size: quarter });
    if (stage.storesValue !== undefined) {
      stored.push({ name: stage.storesValue, output: 'value', size: stage.scale === 2 ? half : quarter });
    }
    for (const { name, size } of stored) {
      sizes.set(name, size);
      const bytesPerRow = size.width * BYTES[storedType(name)];
      planes.set(name, await options.openScratch(size.channels * size.height, bytesPerRow));
    }
    const inputOf = async (name: string, rows: RowRange): Promise<HostTensor> => {
      if (name === IMAGE) return { dtype: 'float32', ...(await canvasRows(photo, canvas, rows)) };
      const size = sizes.get(name)!;
      const bytes = await readPlane(planes.get(name)!, size, rows, size.width * BYTES[storedType(name)]);
      return storedTensor(storedType(name), [1, size.channels, rows.end - rows.start, size.width], bytes);
    };
    const statistics = planeStatistics();
    const take = async (found: Record<string, HostTensor>, strip: RowRange) => {
      for (const { name, output, size } of stored) {
        const start = (strip.start * size.height) / canvas.height;
        await writePlane(planes.get(name)!, size, start, bytesOf(found[output]!));
      }
      if (found.picture) {
        const drawn = found.picture.data as Float32Array;
        const { start, rows } = pictureRows(photo, canvas, drawn, strip);
        if (rows.height > 0) await write(rows, start);
      } else if (stage.norm !== undefined) {
        statistics.add(found.means!, found.squares!, strip.end - strip.start);
      }
    };
    const isSmall = stage.scale === 4 && !stage.reads.some((name) => name === IMAGE || name === 'r2');
    const bytes = (isSmall ? ROW_VALUES / 4 : ROW_VALUES) * 4 * full * canvas.width;
    // None of the lanes should be without work.
    const fair = canvas.height / options.sessions.length;
    const strips = stripsOf(canvas.height, Math.min(options.memory / bytes, fair));
    const inLanes = options.sessions.map((session) =>
      openStage({ ...options, session, stage, sizes, parameters, norms, storedType }),
    );
    const lanes = inLanes.map((lane) => ({
      prepare(strip: number) {
        const { start, end } = strips[strip]!;
        const rows = { start: start / stage.scale, end: end / stage.scale };
        return lane.prepare(rows, canvas.height / stage.scale, inputOf);
      },
    }));
    const takeNext = async (found: Record<string, HostTensor>, strip: number) => {
      await take(found, strips[strip]!);
      onShare?.((strip + 1) / strips.length);
    };
    try {
      await runLanes(strips.length, lanes, takeNext, options.signal);
    } finally {
      for (const lane of inLanes) await lane.close();
    }
    if (stage.norm !== undefined) {
      norms.set(stage.norm, affineNorm(stage.norm, statistics, parameters, INSTANCE_EPSILON.modern));
    }
    const later = stages.slice(stages.indexOf(stage) + 1).flatMap(({ reads }) => reads);
    for (const [name, plane] of planes) {
      if (later.includes(name)) continue;
      planes.delete(name);
      await plane.free();
    }
  }

  return {
    stage: runStage,
    async free() {
      for (const plane of planes.values()) await plane.free();
      planes.clear();
    },
  };
}

/**
 * Stored planes that are not rounded to half floats: all that follows is built on the first ones, and nothing that follows
 * makes the rounding of the last one small.
 */
const EXACT_PLANES = ['r2', 'r3', 'u1'];

const BYTES = { float16: 2, float32: 4 } as const;

/**
 * Numbers for each channel and pixel at full resolution that a strip's graph holds at once; a quarter of it between planes
 * of a quarter of the resolution.
 */
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

/** Rows of a plane that is stored channel by channel. */
async function readPlane(
  plane: ScratchPlane,
  { channels, height }: PlaneSize,
  { start, end }: RowRange,
  bytesPerRow: number,
): Promise<Uint8Array> {
  const each = (end - start) * bytesPerRow;
  const bytes = new Uint8Array(channels * each);
  for (let c = 0; c < channels; c++) {
    await plane.read(c * height + start, bytes.subarray(c * each, (c + 1) * each));
  }
  return bytes;
}

/** Writes rows `[C, rows, width]` of a plane from row `start` on. */
async function writePlane(
  plane: ScratchPlane,
  { channels, height }: PlaneSize,
  start: number,
  bytes: Uint8Array,
): Promise<void> {
  const each = bytes.length / channels;
  for (let c = 0; c < channels; c++) {
    await plane.write(c * height + start, bytes.subarray(c * each, (c + 1) * each));
  }
}

function storedTensor(dtype: StoredType, shape: number[], { buffer }: Uint8Array): HostTensor {
  return { dtype, shape, data: dtype === 'float16' ? new Uint16Array(buffer) : new Float32Array(buffer) };
}

function bytesOf({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
