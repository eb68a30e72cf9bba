import { expect, test } from 'vitest';
import { randomGenerator } from '../../src/core/random.js';
import { imageSource, putImageRows } from '../../src/core/row-source.js';
import { encodeUpscaling } from '../../src/files/upscale-file.js';
import {
  initialUpscaleParameters,
  UPSCALE_ARCHITECTURES,
  type UpscaleNetwork,
} from '../../src/nets/upscale.js';
import { openSession } from '../../src/node/session.js';
import type { OpenSession } from '../../src/runtime/session.js';
import { openUpscaler, type UpscalerOptions } from '../../src/upscale/upscaler.js';

const cpu = { openSession, device: 'cpu', threads: 1 } as const;

function fileOf(network: UpscaleNetwork, half = false) {
  const parameters = initialUpscaleParameters(network, 3);
  // Details that stand out: a network that has just been made draws hardly any.
  const out = parameters.get('out.conv.weight')!;
  parameters.set('out.conv.weight', { ...out, data: out.data.map((v) => 10 * v) });
  const info = { ...network, name: 'test', steps: 0, config: '{}', licence: '' };
  return encodeUpscaling({ info, parameters }, { half });
}

function noise(width: number, height: number) {
  const random = randomGenerator(5);
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, () => 256 * random()) };
}

test.each(
  UPSCALE_ARCHITECTURES.flatMap((architecture) => [2, 4, 8].map((factor) => [architecture, factor] as const)),
)('%s x%d in tiles is the untiled picture', async (architecture, factor) => {
  const file = fileOf({ architecture, factor, width: 4, blocks: 2 });
  const image = noise(75, 49);
  const results = [];
  for (const tile of [16, 1000]) {
    const upscaler = await openUpscaler(file, 'test', { ...cpu, tile });
    results.push(await upscaler.upscale(image));
    await upscaler.close();
  }
  const [tiled, whole] = results;
  expect(tiled).toMatchObject({ width: 75 * factor, height: 49 * factor });
  const differences = tiled!.data.map((v, i) => Math.abs(v - whole!.data[i]!));
  // Convolutions of other sizes may round another way.
  expect(Math.max(...chunked(differences))).toBeLessThanOrEqual(1);
  expect(differences.reduce((s, v) => s + v, 0) / differences.length).toBeLessThan(1e-3);
  const spread = Math.max(...chunked(whole!.data)) - Math.min(...whole!.data.subarray(0, 999));
  expect(spread).toBeGreaterThan(50);
});

/** The largest of each thousand: a call takes only so many arguments. */
function chunked(values: Uint8Array): number[] {
  return Array.from({ length: Math.ceil(values.length / 1000) }, (_, i) =>
    Math.max(...values.subarray(1000 * i, 1000 * (i + 1))),
  );
}

test('tiles at the same time make the picture of one after the other, in as many sessions as the memory allows', async () => {
  const file = fileOf({ architecture: 'modern', factor: 4, width: 4, blocks: 2 });
  const image = noise(75, 49);
  let opened = 0;
  const counting: OpenSession = Object.assign(
    (...how: Parameters<OpenSession>) => {
      opened++;
      return openSession(...how);
    },
    { deviceFor: openSession.deviceFor, threads: 2 },
  );
  const draw = async (options: Partial<UpscalerOptions>) => {
    opened = 0;
    const upscaler = await openUpscaler(file, 'test', {
      ...cpu,
      openSession: counting,
      tile: 16,
      ...options,
    });
    const told: number[] = [];
    const { data } = await upscaler.upscale(image, (done) => told.push(done));
    const rows = new Uint8Array(data.length);
    const large = { width: 4 * image.width, height: 4 * image.height, data: rows };
    await upscaler.upscaleRows(imageSource(image), async (each, start) => putImageRows(large, each, start));
    await upscaler.close();
    expect(told).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(rows).toEqual(data);
    return data;
  };
  const one = await draw({});
  expect(opened).toBe(1);
  expect(await draw({ threads: 3 })).toEqual(one);
  expect(opened).toBe(4);
  expect(await draw({ threads: 3, memory: 1e6 })).toEqual(one);
  expect(opened).toBe(1);
});

test('pictures that are asked for at the same time take turns', async () => {
  const file = fileOf({ architecture: 'modern', factor: 2, width: 4, blocks: 1 });
  let open = 0;
  const counting = async (...how: Parameters<OpenSession>) => {
    const session = await openSession(...how);
    open++;
    const close = session.close.bind(session);
    session.close = () => {
      open--;
      return close();
    };
    return session;
  };
  const upscaler = await openUpscaler(file, 'test', {
    ...cpu,
    openSession: Object.assign(counting, { deviceFor: openSession.deviceFor, threads: 3 }),
    threads: 3,
    tile: 16,
  });
  // Of as many tiles as want two lanes, three, and one.
  const sizes = [30, 75, 12, 40].map((width) => noise(width, 12));
  const together = await Promise.all(sizes.map((image) => upscaler.upscale(image)));
  for (const [i, image] of sizes.entries()) expect(await upscaler.upscale(image)).toEqual(together[i]);
  await upscaler.close();
  expect(open).toBe(0);
});

test('pictures of 1x1 and with alpha; half precision', async () => {
  const network: UpscaleNetwork = { architecture: 'modern', factor: 4, width: 4, blocks: 2 };
  const upscaler = await openUpscaler(fileOf(network, true), 'test', cpu);
  expect(await upscaler.upscale(noise(1, 1))).toMatchObject({ width: 4, height: 4 });
  const alpha = new Uint8Array(12).fill(77);
  const { alpha: large } = await upscaler.upscale({ ...noise(4, 3), alpha });
  expect(large).toHaveLength(192);
  expect(new Set(large)).toEqual(new Set([77]));
  const told: string[] = [];
  await upscaler.upscale(noise(300, 20), (done, all) => told.push(`${done}/${all}`));
  expect(told).toEqual(['1/3', '2/3', '3/3']);
  await upscaler.close();
});

test('a file that is none, and a picture that would be too large', async () => {
  await expect(openUpscaler(Uint8Array.of(1, 2, 3), 'x.onnx', cpu)).rejects.toThrow('x.onnx');
  const upscaler = await openUpscaler(
    fileOf({ architecture: 'modern', factor: 8, width: 4, blocks: 1 }),
    'test',
    cpu,
  );
  const huge = { width: 5000, height: 5000, data: new Uint8Array() };
  await expect(upscaler.upscale(huge)).rejects.toThrow('more than 2^29 pixels');
  await upscaler.close();
});

test.each([false, true])(
  'row by row it is the same picture; histogram matched: %s',
  async (matchHistogram) => {
    const file = fileOf({ architecture: 'modern', factor: 4, width: 4, blocks: 1 });
    const upscaler = await openUpscaler(file, 'test', { ...cpu, tile: 20, matchHistogram, memory: 100_000 });
    const image = noise(75, 49);
    const rows = { width: 300, height: 196, data: new Uint8Array(3 * 300 * 196) };
    try {
      expect([upscaler.isLarge(image), upscaler.isLarge({ width: 9, height: 9 })]).toEqual([true, false]);
      await upscaler.upscaleRows(imageSource(image), async (part, start) => putImageRows(rows, part, start));
      expect(rows).toEqual(await upscaler.upscale(image));
    } finally {
      await upscaler.close();
    }
  },
);
