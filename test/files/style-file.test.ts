import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { stylize } from '../../src/api/node.js';
import type { Image } from '../../src/core/image.js';
import { decodeStyle, type EncodeStyleOptions, encodeStyle, type Style } from '../../src/files/style-file.js';
import { fromMetadata, toMetadata } from '../../src/files/style-metadata.js';
import { describeModel } from '../../src/graph/model.js';
import { ARCHITECTURES, type Architecture } from '../../src/nets/architecture.js';
import { initialParameters } from '../../src/nets/parameters.js';
import { identityRow, rowLength } from '../../src/nets/rows.js';
import { decodeImage, resizeShorterSide } from '../../src/node/media/image.js';
import { openSession } from '../../src/node/session.js';
import { readStyleFile } from '../../src/node/shipped.js';
import { openStylizer } from '../../src/stylize/stylizer.js';
import { goldenPixels, goldenValues } from '../golden/values.js';

const infoOf = (architecture: Architecture) => ({
  name: 'x',
  architecture,
  width: 8,
  steps: 3,
  seed: 1,
  lossNetwork: 'vgg16',
  config: '{}',
  licence: 'none',
});
const untrained = (architecture: Architecture): Style => ({
  info: infoOf(architecture),
  parameters: initialParameters(architecture, 8, 2),
});
const CPU = { device: 'cpu' } as const;

/** A network of two paintings. */
function ofTwo(): Style {
  const { info, parameters } = untrained('modern');
  const shared = new Map([...parameters].filter(([name]) => !/scale|shift|bias/.test(name)));
  const rows = goldenValues(2 * rowLength(8), 5).map((v) => 1 + 0.3 * v);
  shared.set('rows', { shape: [2, rowLength(8)], data: rows });
  shared.set('identity', { shape: [rowLength(8)], data: identityRow(rows, 8) });
  return { info: { ...info, paintings: ['a', 'b'] }, parameters: shared };
}

describe('half floats', () => {
  /** The mean and the largest difference of two pictures in levels, 0..255. */
  const differences = (a: Image, b: Image) => {
    let [sum, largest] = [0, 0];
    a.data.forEach((value, i) => {
      const difference = Math.abs(value - b.data[i]!);
      sum += difference;
      largest = Math.max(largest, difference);
    });
    return { mean: sum / a.data.length, largest };
  };
  const example = async (name: string) => {
    const path = fileURLToPath(new URL(`../../examples/${name}.jpg`, import.meta.url));
    return resizeShorterSide(await decodeImage(path), 192);
  };
  const EXAMPLES = ['harbour', 'mountains', 'still-life'];

  /**
   * A shipped style as it may have been before its parameters were rounded: each anywhere within half a unit in the
   * last place.
   */
  const unrounded = async (name: string): Promise<Style> => {
    const { bytes, label } = await readStyleFile(name);
    const { info, parameters } = decodeStyle(bytes, label);
    const moved = [...parameters].map(([key, { shape, data }], k) => {
      const shift = goldenValues(data.length, k);
      // A half has 10 bits after the first, and none below 2^-24.
      const halfUnit = (v: number) => 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(v)))) - 11);
      return [key, { shape, data: data.map((v, i) => v + shift[i]! * halfUnit(v)) }] as const;
    });
    return { info, parameters: new Map(moved) };
  };

  const styles: [string, () => Promise<Style>][] = [
    ...['starry', 'wave'].map((name): [string, () => Promise<Style>] => [name, () => unrounded(name)]),
    ...ARCHITECTURES.map((a): [string, () => Promise<Style>] => [`untrained ${a}`, async () => untrained(a)]),
  ];
  test.each(styles)('%s: the same pictures to the eye', async (_, make) => {
    const style = await make();
    const [full, half] = [encodeStyle(style), encodeStyle(style, { half: true })];
    expect(half.length).toBeLessThan(0.6 * full.length);
    expect(decodeStyle(half, 'half').info).toEqual(style.info);
    for (const name of EXAMPLES) {
      const image = await example(name);
      const { mean, largest } = differences(await stylize(image, full, CPU), await stylize(image, half, CPU));
      expect(mean, name).toBeLessThan(1);
      expect(largest, name).toBeLessThanOrEqual(4);
    }
  });
});

describe('drawn beyond the border', () => {
  const run = async (style: Style, shape: [number, number], data: Float32Array) => {
    const session = await openSession(encodeStyle(style), CPU);
    const { stylized } = await session.run({ image: { dtype: 'float32', shape: [1, 3, ...shape], data } });
    await session.close();
    return stylized!.data as Float32Array;
  };

  test('is the inner part of the picture continued by reflection', async () => {
    const [h, w, bleed] = [24, 36, 16];
    const style = untrained('modern');
    const small = goldenPixels(3 * h * w, 4);
    const [tall, wide] = [h + 2 * bleed, w + 2 * bleed];
    const reflected = (i: number, n: number) => (i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i);
    const large = Float32Array.from({ length: 3 * tall * wide }, (_, i) => {
      const [c, y, x] = [Math.floor(i / (tall * wide)), Math.floor(i / wide) % tall, i % wide];
      return small[(c * h + reflected(y - bleed, h)) * w + reflected(x - bleed, w)]!;
    });
    const got = await run({ ...style, info: { ...style.info, bleed } }, [h, w], small);
    const whole = await run(style, [tall, wide], large);
    let worst = 0;
    got.forEach((v, i) => {
      const [c, y, x] = [Math.floor(i / (h * w)), Math.floor(i / w) % h, i % w];
      worst = Math.max(worst, Math.abs(v - whole[(c * tall + y + bleed) * wide + x + bleed]!));
    });
    expect(worst).toBeLessThan(1e-3);
  });

  test.each(['3', '-4', '1000', 'x'])('%s pixels are told of', (bleed) => {
    const metadata = { ...toMetadata(infoOf('modern')), 'fns.bleed': bleed };
    expect(() => fromMetadata(metadata, 'x', 'a file')).toThrow(`x is damaged: fns.bleed is '${bleed}'`);
  });
});

describe('one fixed size', () => {
  const shapes: [number, number][] = [
    [1, 1],
    [37, 50],
    [64, 48],
  ];
  const styles: [string, Style][] = [
    ...ARCHITECTURES.map((a): [string, Style] => [a, untrained(a)]),
    ['two paintings', ofTwo()],
    ['drawn beyond the border', { ...untrained('modern'), info: { ...infoOf('modern'), bleed: 16 } }],
    ['two paintings, drawn beyond the border', { ...ofTwo(), info: { ...ofTwo().info, bleed: 16 } }],
  ];
  const run = async (style: Style, options: EncodeStyleOptions, height: number, width: number) => {
    const session = await openSession(encodeStyle(style, options), CPU);
    const data = goldenPixels(3 * height * width, 4);
    const mix = { mix: { dtype: 'float32', shape: [1, 3], data: Float32Array.of(0.5, 0.25, 0.25) } } as const;
    const results = await session.run({
      image: { dtype: 'float32', shape: [1, 3, height, width], data },
      ...(style.info.paintings ? mix : {}),
    });
    await session.close();
    return results.stylized!;
  };

  test.each(styles)('%s: the picture of the file for all sizes, and no size computed', async (_, style) => {
    for (const [height, width] of shapes) {
      const size = { height, width };
      const { operators, inputs, outputs } = describeModel(encodeStyle(style, { size }));
      // All that depends on sizes begins with the picture's shape.
      for (const type of ['Shape', 'Size', 'Gather']) expect([...operators.keys()]).not.toContain(type);
      for (const { shape } of [...inputs, ...outputs])
        for (const side of shape) expect(side).toBeTypeOf('number');
      expect(decodeStyle(encodeStyle(style, { size }), 'fixed')).toEqual(style);
      const [fixed, any] = [await run(style, { size }, height, width), await run(style, {}, height, width)];
      expect(fixed.shape).toEqual([1, 3, height, width]);
      const worst = (any.data as Float32Array).reduce(
        (max, v, i) => Math.max(max, Math.abs(v - Number(fixed.data[i]))),
        0,
      );
      expect(worst).toBeLessThan(1e-3);
    }
  });

  test('the stylizer resizes pictures of other sizes to it and back; one of its size is not resized', async () => {
    const stylizer = await openStylizer(
      encodeStyle(untrained('modern'), { size: { height: 24, width: 40 } }),
      'x',
      {
        ...CPU,
        openSession,
      },
    );
    const anySize = await openStylizer(encodeStyle(untrained('modern')), 'x', { ...CPU, openSession });
    expect(stylizer.fixedSize).toEqual({ height: 24, width: 40 });
    expect(stylizer.notes).toEqual(['x takes 40x24 only: photos are resized to that and back']);
    const picture = (width: number, height: number): Image => ({
      width,
      height,
      data: Uint8Array.from(goldenPixels(3 * width * height, 4)),
      alpha: new Uint8Array(width * height).fill(7),
    });
    const fitting = picture(40, 24);
    const expected = await anySize.stylize(fitting);
    const differences = (await stylizer.stylize(fitting)).data.map((v, i) => Math.abs(v - expected.data[i]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    const resized = await stylizer.stylize(picture(30, 30));
    expect(resized).toMatchObject({ width: 30, height: 30 });
    expect(resized.alpha!.every((v) => v === 7)).toBe(true);
    await stylizer.close();
    await anySize.close();
  });
});
