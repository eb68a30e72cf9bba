/**
 * Conditional instance norm (Dumoulin, Shlens, Kudlur 2017, "A Learned Representation for Artistic Style"): one
 * `modern` network for many paintings. The convolutions are shared; a painting is one row of R numbers: the scales and
 * shifts of all norms and the bias of the output, in the order of `parameterSpecs`. Rows can be mixed.
 */
import type { FloatTensor } from '../core/safetensors.js';
import { reshape, slice, type Tensor } from '../graph/index.js';
import { isPerPainting, type ParameterSpec, parameterSpecs } from './parameters.js';
import { VGG_MEANS } from './vgg.js';

/** The parameters that a row holds, in their order. */
export function rowSpecs(width: number): ParameterSpec[] {
  return parameterSpecs('modern', width).filter(isPerPainting);
}

/** R, the numbers in a row: 1603 at width 16. */
export function rowLength(width: number): number {
  return rowSpecs(width).reduce((sum, { shape }) => sum + shape[0]!, 0);
}

/** The row of a network of one painting. */
export function packRow(parameters: ReadonlyMap<string, FloatTensor>, width: number): Float32Array {
  const row = new Float32Array(rowLength(width));
  let at = 0;
  for (const { name, shape } of rowSpecs(width)) {
    row.set(parameters.get(name)!.data, at);
    at += shape[0]!;
  }
  return row;
}

/** The parameters that a row stands for, by name. */
export function unpackRow(row: Float32Array, width: number): Map<string, FloatTensor> {
  const parameters = new Map<string, FloatTensor>();
  let at = 0;
  for (const { name, shape } of rowSpecs(width)) {
    parameters.set(name, { shape, data: row.slice(at, at + shape[0]!) });
    at += shape[0]!;
  }
  return parameters;
}

/** The parameters that a row `[1, R]` in a graph stands for, by name, each `[C]`. Differentiable. */
export function rowParameters(row: Tensor, width: number): Map<string, Tensor> {
  const parameters = new Map<string, Tensor>();
  let at = 0;
  for (const { name, shape } of rowSpecs(width)) {
    const end = at + shape[0]!;
    parameters.set(name, reshape(slice(row, 1, at, end), shape));
    at = end;
  }
  return parameters;
}

/** The mean of rows `[P, R]`: the best guess for a painting that is not among them. */
export function meanRow(rows: Float32Array, width: number): Float32Array {
  const length = rowLength(width);
  const count = rows.length / length;
  return Float32Array.from({ length }, (_, i) => {
    let sum = 0;
    for (let p = 0; p < count; p++) sum += rows[p * length + i]!;
    return sum / count;
  });
}

/**
 * The row that gives the photo back, for mixing by strength. Instance norm erases each picture's own brightness and
 * contrast, so no row alone can restore a photo: the share of this row in a mixture is also the share of the photo
 * itself that is added to the output (see `encodeStyle`). What the network adds to it must then be nothing: the last
 * norm's scales and shifts are 0, and the bias takes the means off that the network adds. The other norms take the mean
 * of all rows, so that a mixture passes through an average style.
 */
export function identityRow(rows: Float32Array, width: number): Float32Array {
  const parameters = unpackRow(meanRow(rows, width), width);
  parameters.get('up2.norm.scale')!.data.fill(0);
  parameters.get('up2.norm.shift')!.data.fill(0);
  parameters.get('out.conv.bias')!.data.set(VGG_MEANS.map((mean) => -mean));
  return packRow(parameters, width);
}
