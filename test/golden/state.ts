import type { FloatTensor } from '../../src/core/safetensors.js';
import type { Architecture } from '../../src/nets/architecture.js';
import { parameterSpecs } from '../../src/nets/parameters.js';
import { goldenState } from './values.js';

/** Width of the golden networks. */
export const GOLDEN_WIDTH = 4;

/** The golden parameters of a network, in our names and shapes. */
export function goldenParameters(architecture: Architecture): Map<string, FloatTensor> {
  const specs = parameterSpecs(architecture, GOLDEN_WIDTH);
  const shapes = new Map(specs.map((s) => [s.name, s.shape]));
  const transposed = new Set(
    ['paper', 'lengstrom'].includes(architecture) ? ['up1.conv.weight', 'up2.conv.weight'] : [],
  );
  const values = goldenState(shapes, transposed);
  return new Map(specs.map((s) => [s.name, { shape: s.shape, data: values.get(s.name)! }]));
}
