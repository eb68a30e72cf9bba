/** The graphs of one stage, as sessions for strips of every kind that it meets. */
import type { FloatTensor } from '../core/safetensors.js';
import { Graph, mean, mul, reshape, sub, type Tensor, toModel, transpose } from '../graph/index.js';
import type { RowPlane } from '../nets/row-planes.js';
import { IMAGE, type Stage, stagePlanes } from '../nets/strip-stages.js';
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
  storedType: StoredType;
  openSession: OpenSession;
  session: Pick<SessionOptions, 'device' | 'threads' | 'beside'>;
}

/**
 * The sessions of a stage, one at a time: strips come from top to bottom, first those of one kind, then those of the next,
 * and each session is a thread with memory of its own.
 */
export function openStage(options: StageOptions) {
  let current: (Strip & { start: number; key: string }) | undefined;
  return {
    /**
     * Runs a strip.
     *
     * @param rows rows of the stage's value, multiples of 4 pixels of the picture
     * @param height rows of the whole value
     * @param inputOf the rows of a plane that it reads: the image `[1, 3, rows, width]` float32, stored planes `[rows,
     *   C, width]`
     * @param norms `NORM.gain` and `NORM.offset` of all norms before the stage's value
     */
    async run(
      rows: RowRange,
      height: number,
      inputOf: (name: string, rows: RowRange) => Promise<HostTensor>,
      norms: ReadonlyMap<string, HostTensor>,
    ): Promise<Record<string, HostTensor>> {
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
      for (const name of strip.session.inputNames) feeds[name] ??= norms.get(name)!;
      return strip.session.run(feeds);
    },
    async close() {
      await current?.session.close();
    },
  };
}

/** Outputs: `mean` and `variance` `[C]` of the value's rows, `stored`, `value`, or the rows of the `picture`. */
async function openStrip(
  { stage, sizes, parameters, storedType, openSession, session }: StageOptions,
  { start, end }: RowRange,
): Promise<Strip> {
  const graph = new Graph({ gpu: (await openSession.deviceFor(session.device)) !== 'cpu' });
  const ranges = new Map<string, RowRange>();
  const sources = new Map<string, RowPlane>();
  for (const name of stage.reads) {
    const size = sizes.get(name)!;
    const rows = (first: number, last: number) => {
      ranges.set(name, { start: first, end: last });
      if (name === IMAGE) return graph.input(name, [1, size.channels, last - first, size.width]);
      return fromStored(graph.input(name, [last - first, size.channels, size.width], storedType));
    };
    sources.set(name, { ...size, rows });
  }
  const constants = new Map(
    [...parameters].map(([name, { data, shape }]) => [name, graph.constant(data, shape, { name })]),
  );
  const { value, stored } = stagePlanes(graph, stage, sources, constants);
  const result = value.rows(start, end);
  if (stage.norm) {
    const average = mean(result, { axes: [2, 3], keepDims: true });
    const away = sub(result, average);
    graph.output('mean', reshape(average, [value.channels]));
    graph.output('variance', mean(mul(away, away), { axes: [0, 2, 3] }));
  } else graph.output('picture', result);
  if (stage.storesValue) graph.output('value', toStored(result, storedType));
  if (stored) {
    const factor = value.height / stored.height;
    graph.output('stored', toStored(stored.rows(start / factor, end / factor), storedType));
  }
  return { session: await openSession(toModel(graph), session), ranges };
}

/** `[rows, C, W]` to `[1, C, rows, W]` in float32. */
function fromStored(x: Tensor): Tensor {
  const [rows, channels, width] = x.shape as [number, number, number];
  const wide = x.dtype === 'float32' ? x : cast(x, 'float32');
  return reshape(transpose(wide, [1, 0, 2]), [1, channels, rows, width]);
}

/** `[1, C, rows, W]` to `[rows, C, W]`. */
function toStored(x: Tensor, type: StoredType): Tensor {
  const [, channels, rows, width] = x.shape as [number, number, number, number];
  const turned = transpose(reshape(x, [channels, rows, width]), [1, 0, 2]);
  return type === 'float32' ? turned : cast(turned, type);
}

function cast(x: Tensor, dtype: StoredType): Tensor {
  const to = dtype === 'float32' ? 1 : 10;
  return x.graph.node('Cast', [x], x.shape, { dtype, attributes: { to: { int: to } } });
}
