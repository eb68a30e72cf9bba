import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { uniformValues } from '../../src/core/random.js';
import { readStyleFile } from '../../src/node/shipped.js';
import { type StyleOptions, type StyleSource, stylize } from '../../src/node/styles.js';

const photo: Image = {
  width: 48,
  height: 40,
  data: Uint8Array.from(uniformValues(48 * 40 * 3, 5, 127), (v) => Math.round(v + 127.5)),
};

async function drawn(style: StyleSource, options: StyleOptions = {}): Promise<Uint8Array> {
  return (await stylize(photo, style, { device: 'cpu', threads: 1, ...options })).data;
}

function worst(a: Uint8Array, b: Uint8Array | Float64Array): number {
  return a.reduce((max, v, i) => Math.max(max, Math.abs(v - b[i]!)), 0);
}

describe('styles by name', () => {
  test('a blend is the mean of the pictures of its styles, whether they are named, listed or bytes', async () => {
    const [wave, starry] = [await drawn('wave'), await drawn('starry')];
    const named = await drawn('wave=0.75,starry=0.25');
    expect(
      worst(
        named,
        Float64Array.from(wave, (v, i) => 0.75 * v + 0.25 * starry[i]!),
      ),
    ).toBeLessThanOrEqual(1);
    const { bytes } = await readStyleFile('starry');
    expect(await drawn([{ style: 'wave', share: 3 }, { style: bytes }])).toEqual(named);
  });

  test('an ONNX file is one whatever its name ends in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fns-styles-'));
    const file = join(folder, 'wave.pt');
    await writeFile(file, (await readStyleFile('wave')).bytes);
    expect(await drawn(file)).toEqual(await drawn('wave'));
    await writeFile(file, 'PK and weights');
    await expect(drawn(file)).rejects.toMatchObject({ code: 'foreign-network' });
    await rm(folder, { recursive: true });
  });

  test('paintings of one file are mixed by rows, however they are written', async () => {
    const rows = await drawn('many', { mix: { delaunay: 0.6, matisse: 0.4 } });
    expect(await drawn('many:delaunay=0.6,matisse=0.4')).toEqual(rows);
    expect(await drawn('many:delaunay=3,many:matisse=2')).toEqual(rows);
    const [delaunay, matisse] = [await drawn('many:delaunay'), await drawn('many:matisse')];
    const pictures = Float64Array.from(delaunay, (v, i) => 0.6 * v + 0.4 * matisse[i]!);
    expect(worst(rows, pictures)).toBeGreaterThan(5);
  });

  test('the style of the rest has names too', async () => {
    const data = new Uint8Array(3);
    const mask = { width: 1, height: 1, data };
    const black = await drawn('wave', { mask, maskStyle: 'many:delaunay=0.5,matisse=0.5' });
    expect(black).toEqual(await drawn('many:delaunay=0.5,matisse=0.5'));
  });

  test.each([
    ['wave=0.5,wavy=0.5', "unknown style 'wavy'"],
    ['many:delaunay=0.5,wave-32=0.5', "style many has no painting 'wave-32'"],
    ['many,wave', 'style many holds'],
    ['wave:sea,starry', 'style wave holds one painting only'],
    ['wave=0,starry=0', 'not all 0'],
  ])('%s is refused', async (text, message) => {
    await expect(drawn(text)).rejects.toThrow(message);
  });
});
