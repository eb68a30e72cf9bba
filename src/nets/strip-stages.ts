/**
 * `modern` cut at its norms into stages, so that a picture of any size can be computed strip by strip: a norm needs the
 * statistics of a whole plane, so each stage computes a plane up to the next norm, for which those before are known. What
 * has a quarter of the resolution is stored between stages; the few layers at full and half resolution are computed again.
 */
import type { Graph, Tensor } from '../graph/index.js';
import {
  addRows,
  affineRows,
  blockConvRows,
  convRows,
  kept,
  type RowPlane,
  reluRows,
  upsampleRows,
} from './row-planes.js';
import { addMeans, subtractMeans } from './vgg.js';

/** The picture as a stored plane: RGB 0..255, three channels at full resolution. */
export const IMAGE = 'image';

/** A stage: the stored planes that it reads and stores, and what else it gives. */
export interface Stage {
  reads: readonly string[];
  /** A stored plane that its value is built on and that later stages read, at a quarter of the resolution. */
  stores?: string;
  /** The name of its value, if that is stored (at a quarter of the resolution). */
  storesValue?: string;
  /** Rows of the picture that one row of its value stands for: 1, 2 or 4. */
  scale: 1 | 2 | 4;
  /** How many rows of the picture above and below a strip its values may depend on, at most. */
  reach: number;
  /** The norm that its value goes into; the last stage, whose value is the picture, has none. */
  norm?: string;
}

const BLOCKS = [1, 2, 3, 4, 5];

/** The stages in their order. */
export const STAGES: readonly Stage[] = [
  { reads: [IMAGE], scale: 1, reach: 32, norm: 'down1.norm' },
  { reads: [IMAGE], scale: 2, reach: 32, norm: 'down2.norm' },
  { reads: [IMAGE], scale: 4, reach: 32, storesValue: 'r', norm: 'down3.norm' },
  ...BLOCKS.flatMap((i): Stage[] => [
    {
      reads: i === 1 ? ['r'] : [`y${i - 2}`, `b${i - 1}`],
      stores: `y${i - 1}`,
      scale: 4,
      reach: 32,
      storesValue: `a${i}`,
      norm: `res${i}.norm1`,
    },
    { reads: [`a${i}`], scale: 4, reach: 32, storesValue: `b${i}`, norm: `res${i}.norm2` },
  ]),
  { reads: ['y4', 'b5'], stores: 'y5', scale: 2, reach: 32, norm: 'up1.norm' },
  { reads: ['y5'], scale: 1, reach: 32, norm: 'up2.norm' },
  { reads: ['y5'], scale: 1, reach: 32 },
];

/** The whole network as one stage, for when all statistics are known. */
export const WHOLE: Stage = { reads: [IMAGE], scale: 1, reach: 128 };

/** What a stage gives in a graph. */
export interface StagePlanes {
  value: RowPlane;
  /** The plane `stores` names. */
  stored?: RowPlane;
}

/**
 * Builds what a stage computes.
 *
 * @param sources the planes that it reads
 * @param parameters the network's convolutions by name, as `parameterSpecs` names them
 */
export function stagePlanes(
  graph: Graph,
  stage: Stage,
  sources: ReadonlyMap<string, RowPlane>,
  parameters: ReadonlyMap<string, Tensor>,
): StagePlanes {
  const parameter = (name: string) => parameters.get(name)!;
  const source = (name: string) => sources.get(name)!;
  const norm = (x: RowPlane, name: string) => {
    const input = (what: string) => graph.input(`${name}.${what}`, [1, x.channels, 1, 1]);
    return affineRows(x, input('gain'), input('offset'));
  };
  const kernel = (name: string) => parameter(`${name}.conv.weight`);
  const image = () => centred(source(IMAGE));
  const r1 = () => convRows(image(), kernel('down1'));
  const r2 = () => convRows(reluRows(norm(r1(), 'down1.norm')), kernel('down2'), 2);
  const r3 = () => convRows(reluRows(norm(r2(), 'down2.norm')), kernel('down3'), 2);
  const blockStart = (r: RowPlane) => kept(reluRows(norm(r, 'down3.norm')));
  const first = (y: RowPlane, i: number) => convRows(y, parameter(`res${i}.conv1.weight`));
  const second = (a: RowPlane, i: number) =>
    convRows(reluRows(norm(a, `res${i}.norm1`)), parameter(`res${i}.conv2.weight`));
  const blockEnd = (y: RowPlane, b: RowPlane, i: number) => kept(addRows(y, norm(b, `res${i}.norm2`)));
  const u1 = (y: RowPlane) => upsampleRows(y, kernel('up1'));
  const u2 = (u: RowPlane) => upsampleRows(reluRows(norm(u, 'up1.norm')), kernel('up2'));
  const picture = (u: RowPlane) => {
    const drawn = reluRows(norm(u, 'up2.norm'));
    return withMeans(blockConvRows(drawn, kernel('out'), parameter('out.conv.bias')));
  };

  if (stage === WHOLE) {
    let y = blockStart(r3());
    for (const i of BLOCKS) y = blockEnd(y, second(first(y, i), i), i);
    return { value: picture(u2(u1(y))) };
  }
  switch (stage.norm) {
    case 'down1.norm':
      return { value: r1() };
    case 'down2.norm':
      return { value: r2() };
    case 'down3.norm':
      return { value: r3() };
    case 'up1.norm': {
      const y = blockEnd(source('y4'), source('b5'), 5);
      return { value: u1(y), stored: y };
    }
    case 'up2.norm':
      return { value: u2(u1(source('y5'))) };
    case undefined:
      return { value: picture(u2(u1(source('y5')))) };
  }
  const [, number, half] = /^res(\d)\.norm(\d)$/.exec(stage.norm)!;
  const i = Number(number);
  if (half === '2') return { value: second(source(`a${i}`), i) };
  const y = i === 1 ? blockStart(source('r')) : blockEnd(source(`y${i - 2}`), source(`b${i - 1}`), i - 1);
  return { value: first(y, i), stored: y };
}

function centred(image: RowPlane): RowPlane {
  return { ...image, rows: (start, end) => subtractMeans(image.rows(start, end)) };
}

function withMeans(x: RowPlane): RowPlane {
  return { ...x, rows: (start, end) => addMeans(x.rows(start, end)) };
}
