/** The graphs of one stage, as sessions for strips of every kind that it meets. */
import type { FloatTensor } from '../core/safetensors.js';
import { concat, Graph, mean, scale, type Tensor, toModel } from '../graph/index.js';
import type { RowPlane } from '../nets/row-planes.js';
import { type Affine, IMAGE, type Stage, stagePlanes } from '../nets/strip-stages.js';
import type { HostTensor, OpenSession, Session, SessionOptions } from '../runtime/session.js';

/** The number type of stored planes: half floats where every device has them. */
export type StoredType = 'float16' | 'float32';

/** The size of a whole plane. */
export interface PlaneSize {
  channels: number;
  height: number;
  width: number;
}

/** The rows start..end-1. */
export interface RowRange {
  start: number;
  end: number;
}

/** A graph for a strip: what it reads, by plane. */
interface Strip {
  session: Session;
  ranges: Map<string, RowRange>;
}

/** What a stage's sessions are made from. */
export interface StageOptions {
  stage: Stage;
  /** The planes that it reads. */
  sizes: ReadonlyMap<string, PlaneSize>;
  parameters: ReadonlyMap<string, FloatTensor>;
  /** All norms before the stage's value. */
  norms: ReadonlyMap<string, Affine>;
  /** The number type that a plane is stored in. */
  storedType: (name: string) => StoredType;
  openSession: OpenSession;
  session: Pick<SessionOptions, 'device' | 'threads' | 'beside'>;
}

/** A strip that is ready: its session and what that is fed. */
export interface ReadyStrip {
  run(): Promise<Record<string, HostTensor>>;
}

/**
 * The sessions of a stage, one at a time: strips come from top to bottom, first those of one kind, then those of the next,
 * and each session has memory of its own.
 */
export function openStage(options: StageOptions) {
  let current: (Strip & { start: number; key: string }) | undefined;
  return {
    /**
     * Reads what a strip needs. The strip before may still be running.
     *
     * @param rows rows of the stage's value, multiples of 4 pixels of the picture
     * @param height rows of the whole value
     * @param inputOf the rows of a plane that it reads: `[1, C, rows, width]`, the image in
     *   float32
     */
    async prepare(
      rows: RowRange,
      height: number,
      inputOf: (name: string, rows: RowRange) => Promise<HostTensor>,
    ): Promise<ReadyStrip> {
      const { start, end } = rows;
      // Strips that differ only by where they stand, far from both ends, have the same graph.
      const far = options.stage.reach / options.stage.scale;
      const fromEnds = [Math.min(start, far), Math.min(height - end, far)];
      const key = [end - start, ...fromEnds].join('/');
      if (current?.key !== key) {
        await current?.session.close();
        current = undefined;
        current = { ...(await openStrip(options, rows)), start, key };
      }
      const strip = current;
      const feeds: Record<string, HostTensor> = {};
      for (const [name, range] of strip.ranges) {
        // A row of the value stands for `scale` rows of the picture, a row of a plane for as many as its height says.
        const moved = ((start - strip.start) * options.sizes.get(name)!.height) / height;
        feeds[name] = await inputOf(name, { start: range.start + moved, end: range.end + moved });
      }
      return { run: () => strip.session.run(feeds, undefined, { takeFeeds: true }) };
    },
    async close() {
      await current?.session.close();
    },
  };
}

/** Outputs: `means` and `squares` `[parts, C]` of parts of the value's rows, `stored`, `value`, or the rows of the `picture`. */
async function openStrip(options: StageOptions, { start, end }: RowRange): Promise<Strip> {
  const { stage, sizes, parameters, norms, storedType, openSession, session } = options;
  const graph = new Graph({ gpu: (await openSession.deviceFor(session.device)) !== 'cpu' });
  const ranges = new Map<string, RowRange>();
  const sources = new Map<string, RowPlane>();
  for (const name of stage.reads) {
    const size = sizes.get(name)!;
    const rows = (first: number, last: number) => {
      ranges.set(name, { start: first, end: last });
      const type = name === IMAGE ? 'float32' : storedType(name);
      return fromStored(graph.input(name, [1, size.channels, last - first, size.width], type));
    };
    sources.set(name, { ...size, rows });
  }
  const { value, stored } = stagePlanes(graph, stage, sources, parameters, norms);
  const found = stage.storesValue || !stage.norm ? value.rows(start, end) : undefined;
  if (stage.norm) {
    const parts = found ? [found] : (value.parts?.(start, end) ?? [value.rows(start, end)]);
    graph.output('means', concat(parts.map(meanOf), 0));
    graph.output('squares', concat(parts.map(meanSquareOf), 0));
  } else if (!stage.storesValue) graph.output('picture', found!);
  if (stage.storesValue) graph.output('value', toStored(found!, storedType(stage.storesValue)));
  if (stored) {
    const factor = value.height / stored.height;
    graph.output('stored', toStored(stored.rows(start / factor, end / factor), storedType(stage.stores!)));
  }
  return { session: await openSession(toModel(graph), session), ranges };
}

/** The mean of each channel, `[1, C]`. */
function meanOf(x: Tensor): Tensor {
  return mean(x, { axes: [2, 3] });
}

/** The mean of each channel's squares, `[1, C]`. */
function meanSquareOf(x: Tensor): Tensor {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const attributes = { axes: { ints: [2, 3] }, keepdims: { int: 0 } };
  const sums = x.graph.node('ReduceSumSquare', [x], [1, channels], { attributes });
  return scale(sums, 1 / (height * width));
}

function fromStored(x: Tensor): Tensor {
  return x.dtype === 'float32' ? x : cast(x, 'float32');
}

function toStored(x: Tensor, type: StoredType): Tensor {
  return x.dtype === type ? x : cast(x, type);
}

function cast(x: Tensor, dtype: StoredType): Tensor {
  const to = dtype === 'float32' ? 1 : 10;
  return x.graph.node('Cast', [x], x.shape, { dtype, attributes: { to: { int: to } } });
}
