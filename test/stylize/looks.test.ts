import { describe, expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { uniformValues } from '../../src/core/random.js';
import { encodeStyle } from '../../src/files/style-file.js';
import { initialParameters } from '../../src/nets/parameters.js';
import { identityRow, rowLength } from '../../src/nets/rows.js';
import { openSession } from '../../src/node/session.js';
import type { StyleShare } from '../../src/stylize/blend.js';
import { maskPlane } from '../../src/stylize/looks.js';
import { openStylizer, type StylizerOptions } from '../../src/stylize/stylizer.js';
import { colourNetwork } from './colour-networks.js';

const CPU = { device: 'cpu', threads: 1, openSession } as const;
const [WIDTH, HEIGHT] = [45, 38];

function noise(seed: number, spread = 127): Image {
  const random = uniformValues(WIDTH * HEIGHT * 3, seed, spread);
  return { width: WIDTH, height: HEIGHT, data: Uint8Array.from(random, (v) => Math.round(v + 127.5)) };
}

function style(seed: number, paintings?: string[]): Uint8Array {
  const parameters = new Map(initialParameters('modern', 4, seed, paintings?.length));
  if (paintings) {
    const rows = parameters.get('rows')!.data;
    const random = uniformValues(rows.length, 4, 0.4);
    rows.forEach((v, i) => {
      rows[i] = v + random[i]!;
    });
    parameters.set('identity', { shape: [rowLength(4)], data: identityRow(rows, 4) });
  }
  const info = {
    ...{ name: 'random', architecture: 'modern' as const, width: 4, steps: 0, seed, lossNetwork: 'vgg16' },
    ...{ config: '{}', licence: '', ...(paintings ? { paintings } : {}) },
  };
  return encodeStyle({ info, parameters });
}

const photo = noise(1);
const [first, second] = [style(1), style(2)];
const many = style(3, ['a', 'b']);
const fixed = colourNetwork({ size: { width: 32, height: 32 } });

async function stylized(
  input: Uint8Array | StyleShare[],
  options: Partial<StylizerOptions> = {},
  image = photo,
): Promise<Image> {
  const stylizer = await openStylizer(input, 'x', { ...CPU, ...options });
  try {
    return await stylizer.stylize(image);
  } finally {
    await stylizer.close();
  }
}

function worst(a: Image, b: Image | Float64Array): number {
  const values = 'data' in b ? b.data : b;
  return a.data.reduce((max, v, i) => Math.max(max, Math.abs(v - values[i]!)), 0);
}

/** Cb and Cr of ITU-R BT.601 in full range, without their offset. */
function chroma({ data }: Image, pixel: number): [number, number] {
  const [r, g, b] = [data[3 * pixel]!, data[3 * pixel + 1]!, data[3 * pixel + 2]!];
  return [-0.168736 * r - 0.331264 * g + 0.5 * b, 0.5 * r - 0.418688 * g - 0.081312 * b];
}

const luma = ({ data }: Image, i: number) =>
  0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!;

describe('strength', () => {
  test('0 is the photo, whatever else is asked for', async () => {
    const others: Partial<StylizerOptions>[] = [
      {},
      { colours: 'match' },
      { strokeSize: 2, colours: 'photo', mask: noise(8), maskStyle: second },
    ];
    for (const input of [first, [{ style: many, mix: { a: 1 } }], [{ style: first }, { style: second }]]) {
      for (const options of others) {
        expect((await stylized(input, { ...options, strength: 0 })).data).toEqual(photo.data);
      }
    }
  });

  test('is the share of the style in a mean with the photo', async () => {
    const whole = await stylized(first);
    const expected = Float64Array.from(whole.data, (v, i) => 0.3 * v + 0.7 * photo.data[i]!);
    expect(worst(await stylized(first, { strength: 0.3 }), expected)).toBeLessThanOrEqual(1);
  });
});

describe('the photo’s colours', () => {
  test('leave chroma within rounding at every pixel, also of colours at the ends of the range', async () => {
    const result = await stylized(first, { colours: 'photo' });
    let changed = 0;
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      const [own, wanted] = [chroma(result, i), chroma(photo, i)];
      for (const k of [0, 1] as const) expect(Math.abs(own[k] - wanted[k])).toBeLessThan(0.6);
      changed += Math.abs(luma(result, i) - luma(photo, i)) / (WIDTH * HEIGHT);
    }
    expect(changed).toBeGreaterThan(5);
  });

  test('come with the light and dark of the style where both are to be had', async () => {
    const mild = noise(1, 30);
    const [plain, coloured] = [
      await stylized(first, {}, mild),
      await stylized(first, { colours: 'photo' }, mild),
    ];
    let within = 0;
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      const inside = [0, 1, 2].every((c) => coloured.data[3 * i + c]! > 0 && coloured.data[3 * i + c]! < 255);
      if (!inside) continue;
      within++;
      expect(Math.abs(luma(coloured, i) - luma(plain, i))).toBeLessThan(1.1);
    }
    expect(within).toBeGreaterThan(0.5 * WIDTH * HEIGHT);
  });

  test('as a whole: mean and spread of each channel are the photo’s', async () => {
    const mild = noise(1, 50);
    const moments = ({ data }: Image, c: number) => {
      const values = data.filter((_, i) => i % 3 === c);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      return [mean, Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)] as const;
    };
    const result = await stylized(colourNetwork(), { colours: 'match' }, mild);
    for (const c of [0, 1, 2]) {
      const [own, wanted] = [moments(result, c), moments(mild, c)];
      expect(Math.abs(own[0] - wanted[0])).toBeLessThan(1);
      expect(Math.abs(own[1] - wanted[1])).toBeLessThan(2);
    }
  });

  test('hidden ones do not count', async () => {
    const alpha = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH < 20 ? 255 : 0));
    const hide = (value: number): Image => ({
      ...photo,
      data: photo.data.map((v, i) => (alpha[Math.floor(i / 3)] === 0 ? value : v)),
      alpha,
    });
    // A network that sees one pixel at a time, so that only the statistics could carry hidden colours over.
    const own = colourNetwork();
    const [black, white] = [
      await stylized(own, { colours: 'match' }, hide(0)),
      await stylized(own, { colours: 'match' }, hide(255)),
    ];
    alpha.forEach((opacity, i) => {
      if (opacity === 0) return;
      for (const c of [0, 1, 2]) expect(black.data[3 * i + c]).toBe(white.data[3 * i + c]);
    });
    expect(black.alpha).toEqual(alpha);
  });
});

describe('a blend', () => {
  test('of networks is the mean of their pictures, by shares of their sum', async () => {
    const [a, b] = [await stylized(first), await stylized(second)];
    const expected = Float64Array.from(a.data, (v, i) => 0.75 * v + 0.25 * b.data[i]!);
    const blend = await stylized([
      { style: first, share: 1.5 },
      { style: second, share: 0.5 },
    ]);
    expect(worst(blend, expected)).toBeLessThanOrEqual(1);
  });

  test('of paintings in one network is its mixture, of rows and not of pictures', async () => {
    const rows = await stylized(many, { mix: { a: 0.6, b: 0.4 } });
    const blend = await stylized([
      { style: many, mix: { a: 1 }, share: 3 },
      { style: many, mix: { b: 1 }, share: 2 },
    ]);
    expect(blend.data).toEqual(rows.data);
    const [a, b] = [await stylized(many, { mix: { a: 1 } }), await stylized(many, { mix: { b: 1 } })];
    const pictures = Float64Array.from(a.data, (v, i) => 0.6 * v + 0.4 * b.data[i]!);
    expect(worst(blend, pictures)).toBeGreaterThan(2);
  });

  test('of a network and a painting of another', async () => {
    const [a, b] = [await stylized(first), await stylized(many, { mix: { b: 1 } })];
    const expected = Float64Array.from(a.data, (v, i) => 0.5 * v + 0.5 * b.data[i]!);
    expect(
      worst(await stylized([{ style: first }, { style: many, mix: { b: 1 } }]), expected),
    ).toBeLessThanOrEqual(1);
  });

  test.each<[StyleShare[], string]>([
    [
      [
        { style: first, share: 0 },
        { style: second, share: 0 },
      ],
      'style: shares are numbers from 0 on, not all 0: got 0, 0',
    ],
    [[{ style: first, share: -1 }, { style: second }], 'got -1, 1'],
    [[{ style: first, share: Number.NaN }, { style: second }], 'got NaN, 1'],
    [[], 'got none'],
    [[{ style: first }, { style: many }], 'style 2 holds 2 paintings: name one of a, b'],
    [
      [
        { style: first, mix: { a: 1 } },
        { style: many, mix: { a: 1 } },
      ],
      'style 1 holds one painting only',
    ],
    [
      [{ style: first }, { style: many, mix: { c: 1 } }],
      "style 2 has no painting 'c': one of a, b is needed",
    ],
  ])('that makes no sense is refused: %#', async (input, message) => {
    await expect(stylized(input)).rejects.toThrow(message);
  });
});

describe('a mask', () => {
  /** White on the left, black on the right, one column of grey between. */
  const mask: Image = {
    ...photo,
    data: photo.data.map((_, i) => {
      const x = Math.floor(i / 3) % WIDTH;
      return x < 20 ? 255 : x === 20 ? 51 : 0;
    }),
  };

  test.each(['the photo', 'another style'])(
    'has the style where it is white, %s where it is black',
    async (rest) => {
      const maskStyle = rest === 'another style' ? second : undefined;
      const inside = await stylized(first);
      const outside = maskStyle ? await stylized(maskStyle) : photo;
      const result = await stylized(first, { mask, maskStyle });
      for (let i = 0; i < result.data.length; i++) {
        const x = Math.floor(i / 3) % WIDTH;
        const [a, b] = [inside.data[i]!, outside.data[i]!];
        if (x !== 20) expect(result.data[i]).toBe(x < 20 ? a : b);
        else expect(Math.abs(result.data[i]! - (0.2 * a + 0.8 * b))).toBeLessThanOrEqual(1);
      }
    },
  );

  test('is its luma times its opacity: transparent is black', () => {
    const data = Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0);
    const plane = maskPlane(
      { width: 4, height: 1, data, alpha: Uint8Array.of(255, 0, 255, 255) },
      { width: 4, height: 1 },
    );
    for (const [i, v] of [1, 0, 0.299, 0].entries()) expect(plane.data[i]).toBeCloseTo(v, 5);
  });

  test('is stretched to the photo, and stays within 0 to 1', () => {
    const data = Uint8Array.of(255, 255, 255, 0, 0, 0);
    const plane = maskPlane({ width: 2, height: 1, data }, { width: 40, height: 3 });
    expect([plane.width, plane.height]).toEqual([40, 3]);
    expect([plane.data[0], plane.data[39]]).toEqual([1, 0]);
    for (const v of plane.data) expect(v >= 0 && v <= 1).toBe(true);
  });

  test('is needed with another style', async () => {
    await expect(stylized(first, { maskStyle: second })).rejects.toThrow(
      'maskStyle: a mask is needed with it',
    );
  });
});

describe('all at once', () => {
  test('is what each step makes of the picture before it', async () => {
    const alpha = new Uint8Array(WIDTH * HEIGHT).fill(99);
    const mask = noise(9);
    const all = await stylized(
      [
        { style: first, share: 0.5 },
        { style: many, mix: { a: 1, b: 2 }, share: 0.25 },
        { style: fixed, share: 0.25 },
      ],
      { colours: 'photo', strength: 0.7, mask, maskStyle: second },
      { ...photo, alpha },
    );
    const [a, b, c] = [
      await stylized(first),
      await stylized(many, { mix: { a: 1, b: 2 } }),
      await stylized(fixed),
    ];
    const shown = maskPlane(mask, photo);
    const at = (picture: Image | Float64Array, i: number) => {
      const [lift, low, high] = [0, 1, 2].reduce(
        ([lift, low, high], k) => {
          const v = photo.data[i - (i % 3) + k]!;
          const own = 'data' in picture ? picture.data : picture;
          const weight = [0.299, 0.587, 0.114][k]!;
          return [lift! + weight * (own[i - (i % 3) + k]! - v), Math.min(low!, v), Math.max(high!, v)];
        },
        [0, 255, 0],
      );
      return photo.data[i]! + 0.7 * Math.max(-low!, Math.min(255 - high!, lift!));
    };
    const blend = Float64Array.from(a.data, (v, i) => 0.5 * v + 0.25 * b.data[i]! + 0.25 * c.data[i]!);
    const other = await stylized(second);
    const expected = Float64Array.from(photo.data, (_, i) => {
      const share = shown.data[Math.floor(i / 3)]!;
      return share * at(blend, i) + (1 - share) * at(other, i);
    });
    expect(worst(all, expected)).toBeLessThanOrEqual(1.5);
    expect(all.alpha).toEqual(alpha);
  });

  test('strokes of another size go with all but networks of one size', async () => {
    const large = await stylized([{ style: first }, { style: many, mix: { a: 1 } }], {
      ...{ strokeSize: 2, colours: 'match', strength: 0.9, mask: noise(9), maskStyle: second },
    });
    expect(large).toMatchObject({ width: WIDTH, height: HEIGHT });
    await expect(
      stylized([{ style: first }, { style: fixed, label: 'y.onnx' }], { strokeSize: 2 }),
    ).rejects.toThrow('strokeSize: y.onnx takes pictures of one size only');
  });

  test('may be chosen anew for each picture', async () => {
    const stylizer = await openStylizer(first, 'x', CPU);
    const chosen = await stylizer.stylize(photo, { colours: 'photo', strength: 0.5, mask: noise(9) });
    await stylizer.close();
    const opened = await stylized(first, { colours: 'photo', strength: 0.5, mask: noise(9) });
    expect(chosen.data).toEqual(opened.data);
    await expect(stylized(first, { colours: 'mine' as 'photo' })).rejects.toThrow(
      'colours: one of style, photo, match is needed, got mine',
    );
  });
});
