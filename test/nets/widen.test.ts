import { describe, expect, test } from 'vitest';
import type { FloatTensor } from '../../src/core/safetensors.js';
import { encodeStyle } from '../../src/files/style-file.js';
import { ARCHITECTURES, type Architecture } from '../../src/nets/architecture.js';
import { parameterSpecs } from '../../src/nets/parameters.js';
import { widened } from '../../src/nets/widen.js';
import { openSession } from '../../src/node/session.js';
import { GOLDEN_WIDTH, goldenParameters } from '../golden/state.js';
import { goldenPixels } from '../golden/values.js';

async function picture(architecture: Architecture, width: number, parameters: Map<string, FloatTensor>) {
  const info = {
    name: 'x',
    architecture,
    width,
    steps: 0,
    seed: 0,
    lossNetwork: '',
    config: '{}',
    licence: '',
  };
  const session = await openSession(encodeStyle({ info, parameters }), { device: 'cpu', threads: 1 });
  const data = goldenPixels(3 * 48 * 56, 3);
  const { stylized } = await session.run({ image: { dtype: 'float32', shape: [1, 3, 48, 56], data } });
  await session.close();
  return stylized!.data as Float32Array;
}

describe.each(ARCHITECTURES)('a network %s of twice the width', (architecture) => {
  test('gives the same picture, and its halves are not alike', async () => {
    const parameters = goldenParameters(architecture);
    const wide = widened(parameters, architecture, GOLDEN_WIDTH);
    for (const { name, shape } of parameterSpecs(architecture, 2 * GOLDEN_WIDTH)) {
      expect(wide.get(name)!.shape).toEqual(shape);
    }
    const before = await picture(architecture, GOLDEN_WIDTH, parameters);
    const after = await picture(architecture, 2 * GOLDEN_WIDTH, wide);
    const worst = before.reduce((most, v, i) => Math.max(most, Math.abs(v - after[i]!)), 0);
    expect(worst).toBeLessThan(0.05);
    const weight = wide.get('res1.conv1.weight')!;
    const half = weight.data.length / 2;
    expect(weight.data.slice(0, half)).not.toEqual(weight.data.slice(half));
  });
});
