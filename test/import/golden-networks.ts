import { readFileSync } from 'node:fs';
import { encodeStyle, type Style } from '../../src/files/style-file.js';
import { parameterSpecs } from '../../src/nets/parameters.js';
import { openSession } from '../../src/node/session.js';
import { readGolden } from '../golden/read.js';
import { GOLDEN_WIDTH, goldenParameters } from '../golden/state.js';
import { goldenPixels } from '../golden/values.js';
import type { Variable } from './tensorflow-writer.js';

const golden = readGolden('foreign');

/** A file that test/golden/foreign.py wrote. */
export function goldenFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../golden/foreign/${name}`, import.meta.url)));
}

/** The variables of the golden lengstrom network as its checkpoints number and lay them out. */
export function lengstromVariables(): Variable[] {
  const parameters = goldenParameters('lengstrom');
  const ordered: { shape: number[]; data: Float32Array }[] = [];
  for (const { name, role } of parameterSpecs('lengstrom', GOLDEN_WIDTH)) {
    if (role !== 'weight') continue;
    const { shape, data } = parameters.get(name)!;
    const [a, b, h, w] = shape as [number, number, number, number];
    const turned = new Float32Array(data.length);
    let to = 0;
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++)
        for (let j = 0; j < b; j++)
          for (let i = 0; i < a; i++) turned[to++] = data[((i * b + j) * h + y) * w + x]!;
    const norm = name.replace('conv', 'norm').replace('.weight', '');
    ordered.push({ shape: [h, w, b, a], data: turned });
    ordered.push(parameters.get(`${norm}.shift`)!, parameters.get(`${norm}.scale`)!);
  }
  return ordered.map((v, i) => ({ name: i === 0 ? 'Variable' : `Variable_${i}`, ...v }));
}

/** The same as a folder with a manifest: files by name. */
export function lengstromFolder(): Map<string, Uint8Array> {
  const variables = lengstromVariables();
  const manifest = Object.fromEntries(variables.map(({ name, shape }) => [name, { filename: name, shape }]));
  const files = variables.map(({ name, data }) => [name, new Uint8Array(data.buffer)] as const);
  return new Map([['manifest.json', new TextEncoder().encode(JSON.stringify(manifest))], ...files]);
}

/** The largest and the mean difference (of 255) between a style's picture and PyTorch's of the same network. */
export async function differenceFromPytorch(
  style: Style,
  network: 'pytorch' | 'lengstrom',
): Promise<{ max: number; mean: number }> {
  const { shape, data: expected } = golden.tensors.get(`${network}/stylized`)!;
  const session = await openSession(encodeStyle(style), { device: 'cpu', threads: 1 });
  const data = goldenPixels(expected.length, network === 'pytorch' ? 21 : 22);
  const { stylized } = await session.run({ image: { dtype: 'float32', shape, data } });
  await session.close();
  const actual = stylized!.data as Float32Array;
  const each = expected.map((v, i) => Math.abs(Math.min(255, Math.max(0, v)) - actual[i]!));
  return { max: Math.max(...each), mean: each.reduce((sum, d) => sum + d, 0) / each.length };
}
