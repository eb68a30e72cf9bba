import { describe, expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { uniformValues } from '../../src/core/random.js';
import type { FloatTensor } from '../../src/core/safetensors.js';
import { mixedStyle, mixVector, parseBlend, parseStyleName } from '../../src/files/mixture.js';
import { decodeStyle, encodeStyle, type Style } from '../../src/files/style-file.js';
import { initialParameters } from '../../src/nets/parameters.js';
import { identityRow, packRow, rowLength, unpackRow } from '../../src/nets/rows.js';
import { openSession } from '../../src/node/session.js';
import { openStylizer } from '../../src/stylize/stylizer.js';

const WIDTH = 4;

/** A network of random rows. */
function network(names: string[]): Style {
  const parameters = new Map(initialParameters('modern', WIDTH, 3, names.length));
  const rows = parameters.get('rows')!;
  names.forEach((name, p) => {
    const noise = uniformValues(rowLength(WIDTH), name.charCodeAt(0), 0.5);
    const at = p * rowLength(WIDTH);
    noise.forEach((v, i) => {
      rows.data[at + i]! += v;
    });
  });
  parameters.set('identity', { shape: [rowLength(WIDTH)], data: identityRow(rows.data, WIDTH) });
  const info = {
    name: 'many',
    architecture: 'modern' as const,
    width: WIDTH,
    steps: 1,
    seed: 0,
    lossNetwork: 'vgg16',
    config: '{}',
    licence: '',
    paintings: names,
  };
  return { info, parameters };
}

const photo: Image = {
  width: 30,
  height: 21,
  data: Uint8Array.from(uniformValues(30 * 21 * 3, 5, 127.5), (v) => Math.round(v + 127.5)),
};

async function picture(
  style: Style,
  mix: Record<string, number> | undefined,
  strength = 1,
): Promise<Uint8Array> {
  const stylizer = await openStylizer(encodeStyle(style), 'many.onnx', {
    device: 'cpu',
    openSession,
    mix,
    strength,
  });
  try {
    return (await stylizer.stylize(photo)).data;
  } finally {
    await stylizer.close();
  }
}

/** Signal to noise ratio in dB of a picture against the photo. */
function psnr(data: Uint8Array): number {
  const error = data.reduce((sum, v, i) => sum + (v - photo.data[i]!) ** 2, 0) / data.length;
  return 10 * Math.log10(255 ** 2 / error);
}

describe('names of mixtures', () => {
  test.each([
    ['wave', { file: 'wave' }],
    ['a/b.onnx:wave', { file: 'a/b.onnx', mix: { wave: 1 } }],
    ['many.onnx:wave=0.6,scream=0.4', { file: 'many.onnx', mix: { wave: 0.6, scream: 0.4 } }],
    ['C:\\styles\\many.onnx', { file: 'C:\\styles\\many.onnx' }],
    ['C:\\styles\\many.onnx:wave', { file: 'C:\\styles\\many.onnx', mix: { wave: 1 } }],
    ['C:wave.onnx', { file: 'C:wave.onnx' }],
  ])('%s', (text, expected) => {
    expect(parseStyleName(text)).toEqual(expected);
  });

  test.each([
    'many.onnx:wave=x',
    'many.onnx:wave=',
    'many.onnx:=1',
    'many.onnx:a=1=2',
    'many.onnx:a=-1',
    'many.onnx:a,,b',
  ])('%s is refused', (text) => {
    expect(() => parseStyleName(text)).toThrow('NAME or NAME=SHARE is needed');
  });
});

describe('names of blends', () => {
  test.each([
    ['wave', [{ file: 'wave', share: 1 }]],
    ['C:\\styles\\wave.onnx', [{ file: 'C:\\styles\\wave.onnx', share: 1 }]],
    [
      'wave=0.7,starry=0.3',
      [
        { file: 'wave', share: 0.7 },
        { file: 'starry', share: 0.3 },
      ],
    ],
    [
      'many.onnx:a=0.6,b',
      [
        { file: 'many.onnx', painting: 'a', share: 0.6 },
        { file: 'many.onnx', painting: 'b', share: 1 },
      ],
    ],
    [
      'wave, many:a=2, other:c, ./mine.onnx=3',
      [
        { file: 'wave', share: 1 },
        { file: 'many', painting: 'a', share: 2 },
        { file: 'other', painting: 'c', share: 1 },
        { file: './mine.onnx', share: 3 },
      ],
    ],
    [
      'a=b.onnx=0.5,wave=0.5',
      [
        { file: 'a=b.onnx', share: 0.5 },
        { file: 'wave', share: 0.5 },
      ],
    ],
  ])('%s', (text, expected) => {
    expect(parseBlend(text)).toEqual(expected);
  });

  test.each(['wave=x,starry', 'wave,,starry', 'wave=', '=1', 'wave=-1,starry', 'wave=1,', 'wave=Infinity'])(
    '%s is refused',
    (text) => {
      expect(() => parseBlend(text)).toThrow(
        `'${text}': STYLE or STYLE=SHARE is needed, such as wave=0.7,starry=0.3`,
      );
    },
  );

  test.each(['many:a=x', 'many:a,,b', 'many:a=1,b='])('%s names the paintings of a file wrongly', (text) => {
    expect(() => parseBlend(text)).toThrow('NAME or NAME=SHARE is needed after the colon');
  });

  test('shares that are all 0 are refused', () => {
    expect(() => parseBlend('wave=0,starry=0')).toThrow('not all 0');
  });
});

describe('mixtures', () => {
  const names = ['a', 'b', 'c'];

  test('shares are divided by their sum, the rest is the photo', () => {
    expect([...mixVector(names, { a: 3, c: 1 }, 0.5, 'x')]).toEqual([0.375, 0, 0.125, 0.5]);
    expect([...mixVector(['a'], undefined, 1, 'x')]).toEqual([1, 0]);
  });

  test.each([
    [{ d: 1 }, 1, "x has no painting 'd': one of a, b, c"],
    [{ a: 0 }, 1, 'not all 0'],
    [{ a: 1 }, 1.5, 'from 0 to 1'],
    [undefined, 1, 'x holds 3 paintings: name one of a, b, c, as in x:a'],
  ] as const)('%j at %d is refused', (mix, strength, message) => {
    expect(() => mixVector(names, mix, strength, 'x')).toThrow(message);
  });

  test('the file gives back its paintings and rows', () => {
    const style = network(names);
    const read = decodeStyle(encodeStyle(style), 'x');
    expect(read.info).toEqual(style.info);
    expect(read.parameters).toEqual(
      new Map([...read.parameters.keys()].map((k) => [k, style.parameters.get(k)])),
    );
    expect([...read.parameters.keys()].sort()).toEqual([...style.parameters.keys()].sort());
  });

  test('a row packs and unpacks', () => {
    const single = initialParameters('modern', WIDTH, 1);
    const row = uniformValues(rowLength(WIDTH), 1, 1);
    expect(packRow(new Map([...single, ...unpackRow(row, WIDTH)]), WIDTH)).toEqual(row);
  });

  test('a painting looks as the network of that row alone, a mixture as that of the mixed rows', async () => {
    const style = network(names);
    for (const mix of [{ b: 1 }, { a: 0.6, b: 0.4 }] as Record<string, number>[]) {
      const single = mixedStyle(style, mix, 'x');
      expect(single.info.paintings).toBeUndefined();
      const [whole, alone] = [await picture(style, mix), await picture(single, undefined)];
      const worst = Math.max(...whole.map((v, i) => Math.abs(v - alone[i]!)));
      expect(worst).toBeLessThanOrEqual(1);
    }
    expect(mixedStyle(style, { a: 0.6, b: 0.4 }, 'x').info.name).toBe('a+b');
  });

  test('strength 0 gives the photo back, less strength is nearer to it', async () => {
    const style = network(names);
    const near = await Promise.all(
      [0, 0.25, 0.5, 1].map(async (s) => psnr(await picture(style, { a: 1 }, s))),
    );
    expect(near[0]).toBe(Number.POSITIVE_INFINITY);
    expect(near).toEqual([...near].sort((a, b) => b - a));
    const single = mixedStyle(style, { a: 1 }, 'x');
    expect(psnr(await picture(single, undefined, 0))).toBe(Number.POSITIVE_INFINITY);
  });

  test('a painting more changes no bit of the pictures of the others', async () => {
    const style = network(names);
    const more = network([...names, 'd']);
    // The row that gives the photo back belongs to the network and stays.
    more.parameters.set('identity', style.parameters.get('identity') as FloatTensor);
    for (const [mix, strength] of [
      [{ b: 1 }, 1],
      [{ a: 0.3, c: 0.7 }, 0.8],
    ] as [Record<string, number>, number][]) {
      expect(await picture(more, mix, strength)).toEqual(await picture(style, mix, strength));
    }
  });
});
