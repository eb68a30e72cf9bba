import { normalValues, uniformValues } from '../core/random.js';
import type { FloatTensor } from '../core/safetensors.js';
import { type Architecture, channels } from './architecture.js';

/** One parameter of a transform network. */
export interface ParameterSpec {
  name: string;
  shape: number[];
  /** How it starts, and whether training changes it (running statistics are averages, not trained). */
  role: 'weight' | 'bias' | 'scale' | 'shift' | 'mean' | 'variance';
  /** Inputs of one output value, for the initial weights. */
  fanIn: number;
}

/**
 * The parameters of a transform network in the order of the network: `down1..3.conv.weight`, `res1..5.conv1.weight`, ..., `up1..2`, `out`.
 * Convolutions `[Cout, Cin, k, k]` (transposed ones of `paper`: `[Cin, Cout, k, k]`), norms `[C]`.
 */
export function parameterSpecs(architecture: Architecture, width: number): ParameterSpec[] {
  const [c1, c2, c3] = channels(width);
  const specs: ParameterSpec[] = [];
  const conv = (name: string, co: number, ci: number, k: number, transposed = false) => {
    const shape = transposed ? [ci, co, k, k] : [co, ci, k, k];
    specs.push({ name: `${name}.weight`, shape, role: 'weight', fanIn: ci * k * k });
  };
  const norm = (name: string, c: number) => {
    if (architecture === 'source') return;
    specs.push({ name: `${name}.scale`, shape: [c], role: 'scale', fanIn: c });
    specs.push({ name: `${name}.shift`, shape: [c], role: 'shift', fanIn: c });
    if (architecture !== 'paper') return;
    specs.push({ name: `${name}.mean`, shape: [c], role: 'mean', fanIn: c });
    specs.push({ name: `${name}.var`, shape: [c], role: 'variance', fanIn: c });
  };
  conv('down1.conv', c1, 3, 9);
  norm('down1.norm', c1);
  conv('down2.conv', c2, c1, 3);
  norm('down2.norm', c2);
  conv('down3.conv', c3, c2, 3);
  norm('down3.norm', c3);
  for (let i = 1; i <= 5; i++) {
    for (const k of [1, 2]) {
      conv(`res${i}.conv${k}`, c3, c3, 3);
      // The source's residual blocks have no normalisation; the other architectures' have.
      norm(`res${i}.norm${k}`, c3);
    }
  }
  const transposed = architecture === 'paper';
  conv('up1.conv', c2, c3, 3, transposed);
  norm('up1.norm', c2);
  conv('up2.conv', c1, c2, 3, transposed);
  norm('up2.norm', c1);
  conv('out.conv', 3, c1, 9);
  if (architecture !== 'source')
    specs.push({ name: 'out.conv.bias', shape: [3], role: 'bias', fanIn: c1 * 81 });
  return specs;
}

/** Whether training changes the parameter by its gradient. */
export function isTrained(spec: ParameterSpec): boolean {
  return spec.role !== 'mean' && spec.role !== 'variance';
}

/** How much larger than the others' the output weights of `modern` start: its output is in pixels, not normalised. */
const OUTPUT_GAIN = 8;

/**
 * Random starting values: for `source` its own, a truncated normal with sigma 0.1; for the others uniform in +-1/sqrt(fan in)
 * (the output convolution of `modern`: eight times that).
 * Scales and variances start at 1, shifts, biases and means at 0.
 */
export function initialParameters(
  architecture: Architecture,
  width: number,
  seed: number,
): Map<string, FloatTensor> {
  const values = new Map<string, FloatTensor>();
  parameterSpecs(architecture, width).forEach(({ name, shape, role, fanIn }, i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const own = seed * 1000 + i;
    let data: Float32Array;
    if (role === 'scale' || role === 'variance') data = new Float32Array(size).fill(1);
    else if (role !== 'weight') data = new Float32Array(size);
    else if (architecture === 'source') data = normalValues(size, own, 0.1, { truncated: true });
    else {
      const gain = architecture === 'modern' && name.startsWith('out.') ? OUTPUT_GAIN : 1;
      data = uniformValues(size, own, gain / Math.sqrt(fanIn));
    }
    values.set(name, { shape, data });
  });
  return values;
}
