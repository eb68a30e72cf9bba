/**
 * The network of lengstrom/fast-style-transfer (src/transform.py), whose checkpoints number their variables in the
 * order of the layers: `Variable`, `Variable_1`, ... `Variable_47`: filter, shift and scale of each.
 */
import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { parameterSpecs } from '../nets/parameters.js';
import { type Converted, type ForeignTensors, type Reading, takeTensor, takeWidth } from './tensor.js';

/** The n-th variable that TensorFlow made without a name. */
const variable = (n: number) => (n === 0 ? 'Variable' : `Variable_${n}`);

/**
 * The parameters of `lengstrom` from the variables of a checkpoint. What an optimizer adds (`Variable/Adam`,
 * `beta1_power`) is ignored.
 *
 * @throws FnsError naming the first variable that is missing, misshapen or too many.
 */
export function fromLengstrom(tensors: ForeignTensors, label: string): Converted {
  const reading: Reading = { label, network: 'the lengstrom/fast-style-transfer network' };
  const width = takeWidth(tensors, variable(0), 3, reading);
  const parameters = new Map<string, FloatTensor>();
  const specs = parameterSpecs('lengstrom', width);
  let n = 0;
  for (const { name, shape, role } of specs) {
    if (role !== 'weight') continue;
    // A convolution's filter is [h, w, in, out] and a transposed one's [h, w, out, in]; ours are [out, in, h, w] and
    // [in, out, h, w].
    const [a, b, h, w] = shape as [number, number, number, number];
    parameters.set(name, {
      shape,
      data: tapsLast(takeTensor(tensors, variable(n), [h, w, b, a], reading), h * w, b, a),
    });
    const norm = name.replace(/conv(\d?)\.weight$/, 'norm$1');
    for (const part of ['shift', 'scale']) {
      const own = specs.find((spec) => spec.name === `${norm}.${part}`)!;
      n += 1;
      parameters.set(own.name, {
        shape: own.shape,
        data: takeTensor(tensors, variable(n), own.shape, reading),
      });
    }
    n += 1;
  }
  const extra = [...tensors.keys()].find((name) => /^Variable_\d+$/.test(name) && Number(name.slice(9)) >= n);
  if (extra !== undefined)
    throw failure(`${label}: ${reading.network} has ${n} variables, this file has ${extra} too`);
  return { architecture: 'lengstrom', width, parameters };
}

/** `[taps, B, A]` to `[A, B, taps]`. */
function tapsLast(data: Float32Array, taps: number, b: number, a: number): Float32Array {
  const turned = new Float32Array(data.length);
  for (let tap = 0; tap < taps; tap++)
    for (let j = 0; j < b; j++)
      for (let i = 0; i < a; i++) turned[(i * b + j) * taps + tap] = data[(tap * b + j) * a + i]!;
  return turned;
}
