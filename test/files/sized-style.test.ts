import { describe, expect, test } from 'vitest';
import { encodeSizedStyle, type SizedDevice } from '../../src/files/sized-style.js';
import { encodeStyle, type Style } from '../../src/files/style-file.js';
import { describeModel } from '../../src/graph/index.js';
import { blockSizeModel } from '../../src/nets/blocked-planes.js';
import { initialParameters } from '../../src/nets/parameters.js';
import { identityRow, rowLength } from '../../src/nets/rows.js';
import { openSession } from '../../src/node/session.js';
import type { HostTensor, OpenSession, Session, SessionOptions } from '../../src/runtime/session.js';
import { openSizes } from '../../src/stylize/network-sessions.js';
import { goldenPixels, goldenValues } from '../golden/values.js';
import { testDevices } from '../runtime/devices.js';

const CPU = { device: 'cpu', threads: 2 } as const;

function modern(width: number, bleed = 16): Style {
  const info = { name: 'x', architecture: 'modern', width, steps: 1, seed: 2, lossNetwork: '' } as const;
  const parameters = initialParameters('modern', width, 1);
  // Gains of both signs and shifts, as trained networks have them.
  for (const [name, { data }] of parameters) {
    if (!/norm/.test(name)) continue;
    const changes = goldenValues(data.length, name.length);
    for (let i = 0; i < data.length; i++) data[i]! += 1.5 * changes[i]!;
  }
  return { info: { ...info, config: '{}', licence: '', bleed }, parameters };
}

function ofTwo(width: number): Style {
  const { info, parameters } = modern(width);
  const shared = new Map([...parameters].filter(([name]) => !/scale|shift|bias/.test(name)));
  const rows = goldenValues(2 * rowLength(width), 5).map((v) => 1 + 0.3 * v);
  shared.set('rows', { shape: [2, rowLength(width)], data: rows });
  shared.set('identity', { shape: [rowLength(width)], data: identityRow(rows, width) });
  return { info: { ...info, paintings: ['a', 'b'] }, parameters: shared };
}

function feedsOf(
  style: Style,
  height: number,
  width: number,
  data = goldenPixels(3 * height * width, 4),
): Record<string, HostTensor> {
  const image: HostTensor = { dtype: 'float32', shape: [1, 3, height, width], data };
  const mix: HostTensor = { dtype: 'float32', shape: [1, 3], data: Float32Array.of(0.5, 0.25, 0.25) };
  return style.info.paintings ? { image, mix } : { image };
}

async function run(model: Uint8Array, feeds: Record<string, HostTensor>, options: SessionOptions) {
  const session = await openSession(model, options);
  const { stylized } = await session.run(feeds);
  await session.close();
  return stylized!;
}

function largestDifference(a: HostTensor, b: HostTensor): number {
  expect(a.shape).toEqual(b.shape);
  return (a.data as Float32Array).reduce((max, v, i) => Math.max(max, Math.abs(v - Number(b.data[i]))), 0);
}

/** This machine's block, 8 or 16 on PCs. */
async function block(): Promise<number> {
  const session = await openSession(blockSizeModel(), CPU);
  const { y } = await session.run({
    x: { dtype: 'float32', shape: [1, 4, 1, 1], data: new Float32Array(4) },
  });
  await session.close();
  return y!.shape[1]!;
}

const SIZES = [
  [1, 1],
  [37, 50],
  [64, 48],
  [131, 97],
] as const;

describe('a graph for one size gives the picture of the file', () => {
  const styles: [string, Style, boolean][] = [
    ['width 16', modern(16), true],
    ['two paintings', ofTwo(16), true],
    ['too few channels for blocks', modern(4), false],
    ['no continued border', modern(16, 0), false],
  ];
  test.each(styles)('%s', async (_, style, blocked) => {
    const device: SizedDevice = { device: 'cpu', block: await block() };
    for (const [height, width] of SIZES) {
      const model = encodeSizedStyle(style, { height, width }, device);
      const { operators } = describeModel(model);
      expect(operators.has('ReorderOutput')).toBe(blocked);
      expect(operators.has('Shape')).toBe(false);
      const feeds = feedsOf(style, height, width);
      const expected = await run(encodeStyle(style), feeds, CPU);
      const difference = largestDifference(await run(model, feeds, CPU), expected);
      // In one pixel nothing but rounding is left after a norm.
      expect(difference, `${width}x${height}`).toBeLessThan(width === 1 ? 0.5 : 5e-3);
    }
  });

  test('of a picture that is nearly one colour: its variances are small beside its means', async () => {
    const style = modern(16);
    const [height, width] = [60, 80];
    const data = goldenPixels(3 * height * width, 4).map((v) => 200 + v / 255);
    const feeds = feedsOf(style, height, width, data);
    const model = encodeSizedStyle(style, { height, width }, { device: 'cpu', block: await block() });
    expect(
      largestDifference(await run(model, feeds, CPU), await run(encodeStyle(style), feeds, CPU)),
    ).toBeLessThan(0.05);
  });

  test.each(testDevices())('on $name, without a node elsewhere', async ({ name, options }) => {
    const style = modern(4);
    const [height, width] = [37, 50];
    const feeds = feedsOf(style, height, width);
    const model = encodeSizedStyle(style, { height, width }, { device: name });
    expect(
      largestDifference(await run(model, feeds, options), await run(encodeStyle(style), feeds, CPU)),
    ).toBeLessThan(0.02);
  });
});

test('sizes come and go: each picture is that of its own graph', async () => {
  const style = modern(16);
  const sessions = await openSizes(style, 'x', { ...CPU, openSession });
  const sizes = [16, 24, 36, 48, 16, 48, 60, 24].map((side) => ({ width: side, height: 20 }));
  for (const size of sizes) {
    const feeds = feedsOf(style, size.height, size.width);
    const { stylized } = await sessions.run(size, feeds);
    expect(largestDifference(stylized!, await run(encodeStyle(style), feeds, CPU))).toBeLessThan(5e-3);
  }
  await sessions.close();
});

test('sizes that are asked for at the same time: one session each, all closed at the end', async () => {
  const style = modern(16);
  const open = new Set<Session>();
  let opened = 0;
  const counting = async (model: Uint8Array, options?: SessionOptions) => {
    const session = await openSession(model, options);
    opened++;
    open.add(session);
    const close = session.close.bind(session);
    session.close = () => {
      open.delete(session);
      return close();
    };
    return session;
  };
  const counted: OpenSession = Object.assign(counting, { deviceFor: openSession.deviceFor });
  const sessions = await openSizes(style, 'x', { ...CPU, openSession: counted });
  const before = opened;
  // More sizes than are kept, each twice: those that leave do so behind their last picture.
  const sizes = [16, 16, 24, 24, 36, 36, 48, 48].map((side) => ({ width: side, height: 20 }));
  await Promise.all(
    sizes.map(async (size) => {
      const feeds = feedsOf(style, size.height, size.width);
      const { stylized } = await sessions.run(size, feeds);
      expect(largestDifference(stylized!, await run(encodeStyle(style), feeds, CPU))).toBeLessThan(5e-3);
    }),
  );
  expect(opened - before).toBe(4);
  await sessions.close();
  expect([...open]).toEqual([]);
});

test('a network with numbers that are not finite is told of', async () => {
  const style = modern(4);
  style.parameters.get('res3.norm2.scale')!.data[1] = Number.NaN;
  await expect(openSizes(style, 'x', { ...CPU, openSession })).rejects.toThrow(
    'x holds numbers that are not finite (res3.norm2.scale)',
  );
});
