/**
 * `modern` cut at its norms into stages, so that a picture of any size can be computed strip by strip: a norm needs the
 * statistics of a whole plane, so each stage computes a plane up to the next norm, for which those before are known. What
 * has half or a quarter of the resolution is stored between stages; the first and the last layers, at full resolution, are
 * computed again.
 */
import type { FloatTensor } from '../core/safetensors.js';
import type { Graph } from '../graph/index.js';
import {
  addRows,
  affineRows,
  blockConvRows,
  convRows,
  type Kernel,
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
  /** The name of its value, if that is stored (at its scale). */
  storesValue?: string;
  /** Rows of the picture that one row of its value stands for: 1, 2 or 4. */
  scale: 1 | 2 | 4;
  /** How many rows of the picture above and below a strip its values may depend on, at most. */
  reach: number;
  /** The norm that its value goes into, if its statistics are not known. */
  norm?: string;
}

const BLOCKS = [1, 2, 3, 4, 5];

/** The stages in their order. */
export const STAGES: readonly Stage[] = [
  { reads: [IMAGE], scale: 1, reach: 32, norm: 'down1.norm' },
  { reads: [IMAGE], scale: 2, reach: 32, storesValue: 'r2', norm: 'down2.norm' },
  { reads: ['r2'], scale: 4, reach: 32, storesValue: 'r3', norm: 'down3.norm' },
  ...BLOCKS.flatMap((i): Stage[] => [
    {
      reads: i === 1 ? ['r3'] : [`y${i - 2}`, `b${i - 1}`],
      stores: `y${i - 1}`,
      scale: 4,
      reach: 32,
      storesValue: `a${i}`,
      norm: `res${i}.norm1`,
    },
    { reads: [`a${i}`], scale: 4, reach: 32, storesValue: `b${i}`, norm: `res${i}.norm2` },
  ]),
  { reads: ['y4', 'b5'], scale: 2, reach: 32, storesValue: 'u1', norm: 'up1.norm' },
  { reads: ['u1'], scale: 1, reach: 32, norm: 'up2.norm' },
  { reads: ['u1'], scale: 1, reach: 32 },
];

/** The stages where the statistics of all norms are known. */
export const KNOWN_STAGES: readonly Stage[] = [
  { reads: [IMAGE], scale: 4, reach: 32, storesValue: 'y0' },
  { reads: ['y0'], scale: 4, reach: 64, storesValue: 'y5' },
  { reads: ['y5'], scale: 1, reach: 32 },
];

/** A norm whose statistics are known: `gain x + offset` for each channel. */
export interface Affine {
  gain: Float64Array;
  offset: Float64Array;
}

/** What a stage gives in a graph. */
export interface StagePlanes {
  value: RowPlane;
  /** The plane `stores` names. */
  stored?: RowPlane;
}

/**
 * Builds what a stage computes. A norm that follows a convolution becomes part of it: its gain of the weight, its offset
 * the bias.
 *
 * @param sources the planes that it reads
 * @param parameters the network's, as `parameterSpecs` names them
 * @param norms those whose statistics are known
 */
export function stagePlanes(
  graph: Graph,
  stage: Stage,
  sources: ReadonlyMap<string, RowPlane>,
  parameters: ReadonlyMap<string, FloatTensor>,
  norms: ReadonlyMap<string, Affine>,
): StagePlanes {
  const source = (name: string) => sources.get(name)!;
  const constant = ({ data, shape }: FloatTensor) => graph.constant(data, shape);
  const kernel = (name: string): Kernel => ({ weight: constant(parameters.get(`${name}.weight`)!) });
  const normed = (name: string, norm: string) => {
    const { weight, bias } = scaledWeight(parameters.get(`${name}.weight`)!, norms.get(norm)!);
    return { weight: constant(weight), bias: constant(bias) };
  };
  const norm = (x: RowPlane, name: string) => {
    const { gain, offset } = norms.get(name)!;
    const input = (data: Float64Array) => graph.constant(Float32Array.from(data), [1, x.channels, 1, 1]);
    return affineRows(x, input(gain), input(offset));
  };
  const r1 = (image: RowPlane) => convRows(centred(image), kernel('down1.conv'));
  const d1 = (image: RowPlane) => reluRows(convRows(centred(image), normed('down1.conv', 'down1.norm')));
  const d2 = (image: RowPlane) => reluRows(convRows(d1(image), normed('down2.conv', 'down2.norm'), 2));
  const d3 = (image: RowPlane) => reluRows(convRows(d2(image), normed('down3.conv', 'down3.norm'), 2));
  const block = (y: RowPlane, i: number) => {
    const a = reluRows(convRows(y, normed(`res${i}.conv1`, `res${i}.norm1`)));
    return kept(addRows(y, convRows(a, normed(`res${i}.conv2`, `res${i}.norm2`))));
  };
  const blockEnd = (i: number) => kept(addRows(source(`y${i - 1}`), norm(source(`b${i}`), `res${i}.norm2`)));
  const d4 = () => reluRows(norm(source('u1'), 'up1.norm'));
  const picture = (d: RowPlane) => {
    const bias = constant(parameters.get('out.conv.bias')!);
    const drawn = upsampleRows(d, normed('up2.conv', 'up2.norm'));
    return withMeans(blockConvRows(drawn, { ...kernel('out.conv'), bias }));
  };

  switch (stage.norm) {
    case 'down1.norm':
      return { value: r1(source(IMAGE)) };
    case 'down2.norm':
      return { value: convRows(d1(source(IMAGE)), kernel('down2.conv'), 2) };
    case 'down3.norm':
      return { value: convRows(reluRows(norm(source('r2'), 'down2.norm')), kernel('down3.conv'), 2) };
    case 'up1.norm':
      return { value: upsampleRows(blockEnd(5), kernel('up1.conv')) };
    case 'up2.norm':
      return { value: upsampleRows(d4(), kernel('up2.conv')) };
    case undefined:
      if (stage.storesValue === 'y0') return { value: d3(source(IMAGE)) };
      if (stage.storesValue === 'y5') return { value: BLOCKS.reduce(block, kept(source('y0'))) };
      if (stage.reads[0] === 'u1') return { value: picture(d4()) };
      return { value: picture(upsampleRows(source('y5'), normed('up1.conv', 'up1.norm'))) };
  }
  const [, number, half] = /^res(\d)\.norm(\d)$/.exec(stage.norm)!;
  const i = Number(number);
  if (half === '2') {
    const a = reluRows(norm(source(`a${i}`), `res${i}.norm1`));
    return { value: convRows(a, kernel(`res${i}.conv2`)) };
  }
  const y = i === 1 ? kept(reluRows(norm(source('r3'), 'down3.norm'))) : blockEnd(i - 1);
  return { value: convRows(y, kernel(`res${i}.conv1`)), stored: y };
}

/** The weight `[Cout, ...]` and the bias of a convolution that a norm follows. */
function scaledWeight({ data, shape }: FloatTensor, { gain, offset }: Affine) {
  const each = data.length / gain.length;
  const weight = data.map((v, i) => v * gain[Math.floor(i / each)]!);
  return {
    weight: { data: weight, shape },
    bias: { data: Float32Array.from(offset), shape: [offset.length] },
  };
}

function centred(image: RowPlane): RowPlane {
  return { ...image, rows: (start, end) => subtractMeans(image.rows(start, end)) };
}

function withMeans(x: RowPlane): RowPlane {
  return { ...x, rows: (start, end) => addMeans(x.rows(start, end)) };
}
