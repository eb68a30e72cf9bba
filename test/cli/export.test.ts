import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeStyle, encodeStyle } from '../../src/model/style-file.js';
import { ARCHITECTURES } from '../../src/nets/architecture.js';
import { initialParameters } from '../../src/nets/parameters.js';
import { stylize } from '../../src/node.js';
import { goldenPixels } from '../golden/values.js';
import { fns, newFolder } from './fns.js';

test.each(ARCHITECTURES)(
  '%s: half precision is half the size and the same picture to the eye',
  async (architecture) => {
    const folder = await newFolder();
    const [full, half] = [join(folder, 'full.onnx'), join(folder, 'half.onnx')];
    const info = {
      name: 'x',
      architecture,
      width: 8,
      steps: 3,
      seed: 1,
      lossNetwork: 'vgg16',
      config: '{}',
      licence: 'none',
    };
    await writeFile(full, encodeStyle({ info, parameters: initialParameters(architecture, 8, 2) }));
    expect((await fns(['export', full, '--half', '-o', half])).code).toBe(0);
    const [a, b] = [await readFile(full), await readFile(half)];
    expect(b.length).toBeLessThan(0.6 * a.length);
    expect(decodeStyle(b, 'half').info).toEqual(info);
    const image = { width: 48, height: 40, data: Uint8Array.from(goldenPixels(48 * 40 * 3, 3)) };
    const options = { device: 'cpu' } as const;
    const [x, y] = [await stylize(image, a, options), await stylize(image, b, options)];
    const differences = Array.from(x.data, (v, i) => Math.abs(v - y.data[i]!));
    expect(differences.reduce((s, d) => s + d, 0) / differences.length).toBeLessThan(1);
    expect(Math.max(...differences)).toBeLessThanOrEqual(4);
  },
);

test('a file that is no style of ours is refused in one line', async () => {
  const folder = await newFolder();
  await writeFile(join(folder, 'x.onnx'), 'no model');
  const { code, stderr } = await fns(['export', join(folder, 'x.onnx'), '-o', join(folder, 'y.onnx')]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: .*x\.onnx: not an ONNX model/);
});
