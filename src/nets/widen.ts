import { combineSeeds, uniformValues } from '../core/random.js';
import type { FloatTensor } from '../core/safetensors.js';
import type { Architecture } from './architecture.js';
import { parameterSpecs } from './parameters.js';

/** How far the two halves of a weight may part, as a share of it. */
const PARTING = 0.5;

/**
 * The parameters of a network of twice the width that gives the same pictures (Chen, Goodfellow, Shlens 2016,
 * "Net2Net"): every channel twice, and half of every weight for each of its two inputs. The halves are parted at
 * random, by opposite amounts, so that training can make the two channels differ.
 *
 * @param parameters of a network of one painting of width `width`, by name
 */
export function widened(
  parameters: ReadonlyMap<string, FloatTensor>,
  architecture: Architecture,
  width: number,
): Map<string, FloatTensor> {
  const wide = new Map(parameterSpecs(architecture, 2 * width).map((spec) => [spec.name, spec]));
  const result = new Map<string, FloatTensor>();
  parameterSpecs(architecture, width).forEach((spec, i) => {
    const { name, shape, role, transposed } = spec;
    const old = parameters.get(name)!.data;
    const target = wide.get(name)!.shape;
    const data =
      role === 'weight'
        ? widenedWeight(old, shape, target, transposed ? 0 : 1, combineSeeds(width, i))
        : Float32Array.from({ length: target[0]! }, (_, c) => old[c % shape[0]!]!);
    result.set(name, { shape: target, data });
  });
  return result;
}

function widenedWeight(
  old: Float32Array,
  [rows, columns, height, side]: number[],
  [wideRows, wideColumns]: number[],
  input: 0 | 1,
  seed: number,
): Float32Array {
  const taps = height! * side!;
  const data = new Float32Array(wideRows! * wideColumns! * taps);
  const inputs = input === 0 ? rows! : columns!;
  const isDoubled = (input === 0 ? wideRows! : wideColumns!) > inputs;
  const noise = isDoubled ? uniformValues(data.length, seed, PARTING) : undefined;
  for (let r = 0; r < wideRows!; r++) {
    for (let c = 0; c < wideColumns!; c++) {
      const from = ((r % rows!) * columns! + (c % columns!)) * taps;
      const to = (r * wideColumns! + c) * taps;
      const own = input === 0 ? r : c;
      // The noise of the first half of the inputs; the second half takes it with the other sign.
      const pair =
        input === 0 ? ((r % rows!) * wideColumns! + c) * taps : (r * wideColumns! + (c % columns!)) * taps;
      const sign = own < inputs ? 1 : -1;
      for (let t = 0; t < taps; t++) {
        const value = old[from + t]!;
        data[to + t] = noise ? 0.5 * value * (1 + sign * noise[pair + t]!) : value;
      }
    }
  }
  return data;
}
