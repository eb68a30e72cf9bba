import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { failure } from '../../src/core/errors.js';
import type { Image } from '../../src/core/image.js';
import type { Planes } from '../../src/core/planes.js';
import { emptyImage, imageSource, putImageRows } from '../../src/core/row-source.js';
import { memoryScratch } from '../../src/core/scratch.js';
import { decodeStyle } from '../../src/files/style-file.js';
import { decodeImage, resizeTo } from '../../src/node/media/image.js';
import { fileScratch } from '../../src/node/scratch-file.js';
import { openSession } from '../../src/node/session.js';
import { loadStyle, type StyleOptions, type StyleSource } from '../../src/node/styles.js';
import type { OpenSession, SessionOptions } from '../../src/runtime/session.js';
import { type StripOptions, stylizeInStrips } from '../../src/stylize/strips.js';
import { openStylizer } from '../../src/stylize/stylizer.js';
import { testDevices } from '../runtime/devices.js';

const wave = new Uint8Array(await readFile(new URL('../../models/wave.onnx', import.meta.url)));
const style = decodeStyle(wave, 'wave');
const beside = await openSession(wave, { device: 'cpu' });
const session = { device: 'cpu', beside } as const;
const example = await decodeImage(new URL('../../examples/harbour.jpg', import.meta.url).pathname);

/** Strips of 64 rows, the least. */
const options: StripOptions = { mode: 'exact', memory: 1, openSession, openScratch: memoryScratch, session };

async function inStrips(photo: Image, changed: Partial<StripOptions> = {}): Promise<Image> {
  const picture = emptyImage(photo);
  const write = async (rows: Planes, start: number) => putImageRows(picture, rows, start);
  await stylizeInStrips(imageSource(photo), style, { ...options, ...changed }, write);
  return picture;
}

async function whole(photo: Image): Promise<Image> {
  const stylizer = await openStylizer(wave, 'wave', { openSession, device: 'cpu' });
  try {
    return await stylizer.stylize(photo);
  } finally {
    await stylizer.close();
  }
}

function difference(a: Image, b: Image) {
  let [most, sum] = [0, 0];
  a.data.forEach((v, i) => {
    const away = Math.abs(v - b.data[i]!);
    most = Math.max(most, away);
    sum += away;
  });
  return { most, mean: sum / a.data.length };
}

describe('a picture in strips', () => {
  test.each([
    ['of even sizes, in four strips', 160, 200],
    ['of odd sizes', 101, 157],
    ['wider than high', 301, 100],
    ['smaller than a strip', 37, 23],
    ['of a few pixels', 9, 7],
  ])('%s is the picture of the whole network', async (_, width, height) => {
    const photo = await resizeTo(example, width, height);
    const { most, mean } = difference(await inStrips(photo), await whole(photo));
    expect(most).toBeLessThanOrEqual(1);
    expect(mean).toBeLessThan(0.05);
  });

  test.each(testDevices().filter(({ name }) => name !== 'cpu'))('on $name', async ({ options: session }) => {
    // One strip: each stage is another graph, which software Vulkan takes a second to compile.
    const photo = await resizeTo(example, 20, 24);
    const strips = await inStrips(photo, { session });
    expect(difference(strips, await whole(photo)).most).toBeLessThanOrEqual(1);
  });

  test('with the statistics of a smaller one is near to it', async () => {
    const photo = await resizeTo(example, 1100, 70);
    const strips = await inStrips(photo, { mode: 'fast' });
    const { mean } = difference(strips, await whole(photo));
    expect(mean).toBeGreaterThan(0);
    expect(mean).toBeLessThan(12);
    // One that is not reduced has its own.
    const small = await resizeTo(example, 150, 100);
    const same = await inStrips(small, { mode: 'fast' });
    expect(difference(same, await whole(small)).most).toBeLessThanOrEqual(1);
  });

  test('tells how far it is, and ends when it is told to', async () => {
    const photo = await resizeTo(example, 200, 200);
    const shares: number[] = [];
    await inStrips(photo, { onShare: (share) => shares.push(share) });
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    expect(shares.length).toBeGreaterThan(30);
    const controller = new AbortController();
    const onShare = () => controller.abort(new Error('enough'));
    const stopped = inStrips(photo, { onShare, signal: controller.signal });
    await expect(stopped).rejects.toThrow('enough');
  });
});

test.each([
  ['starry', 2048, 1536],
  ['composition', 3000, 2000],
])(
  '%s in strips is the whole one at %ix%i',
  async (name, width, height) => {
    const photo = await resizeTo(example, width, height);
    const draw = async (tiles: StyleOptions['tiles']) => {
      const stylizer = await loadStyle(name, { tiles, device: 'cpu', memory: 5e8 });
      let shares = 0;
      try {
        const onShare = () => {
          shares++;
        };
        return { picture: await stylizer.stylize(photo, {}, { onShare }), shares };
      } finally {
        await stylizer.close();
      }
    };
    const [strips, one] = [await draw('exact'), await draw('off')];
    expect([strips.shares > 30, one.shares]).toEqual([true, 0]);
    expect(difference(strips.picture, one.picture).most).toBeLessThanOrEqual(1);
  },
  180_000,
);

describe('a stylizer', () => {
  test('draws what needs more than its memory in strips: a mixture of paintings too, with a share of the photo', async () => {
    const photo = { ...(await resizeTo(example, 240, 180)), alpha: new Uint8Array(240 * 180).fill(7) };
    const mix = { wave: 0.7, starry: 0.3 };
    const draw = async (memory: number) => {
      const stylizer = await loadStyle('many', { mix, strength: 0.6, device: 'cpu', memory });
      let shares = 0;
      try {
        const onShare = () => {
          shares++;
        };
        return { picture: await stylizer.stylize(photo, {}, { onShare }), shares: () => shares };
      } finally {
        await stylizer.close();
      }
    };
    const [strips, one] = [await draw(205 * 2 ** 20), await draw(2 ** 30)];
    expect(strips.shares()).toBeGreaterThan(0);
    expect(one.shares()).toBe(0);
    expect(difference(strips.picture, one.picture).most).toBeLessThanOrEqual(1);
    expect(strips.picture.alpha).toEqual(photo.alpha);
  });
});

/** Draws with so little memory that it takes strips, and with enough. */
async function drawBoth(photo: Image, look: StyleOptions & { style?: StyleSource }): Promise<[Image, Image]> {
  const draw = async (memory: number) => {
    const { style = 'wave', ...options } = look;
    const stylizer = await loadStyle(style, { ...options, device: 'cpu', memory });
    expect(stylizer.isLarge(photo)).toBe(memory < 2 ** 30);
    try {
      return await stylizer.stylize(photo);
    } finally {
      await stylizer.close();
    }
  };
  return [await draw(205 * 2 ** 20), await draw(2 ** 30)];
}

test.each<[string, StyleOptions & { style?: StyleSource }]>([
  [
    'the colours of the photo at some strength, under a mask',
    { colours: 'photo', strength: 0.7, mask: example },
  ],
  [
    'matched colours of a blend, another style beside it',
    {
      style: 'wave=0.6,scream=0.4',
      ...{ colours: 'match', mask: example, maskStyle: 'starry' },
    },
  ],
])('a picture in strips with %s is the whole one', async (_, look) => {
  const small = await resizeTo(example, 230, 170);
  const alpha = Uint8Array.from({ length: 230 * 170 }, (_, i) => 1 + (i % 255));
  const deep = Uint16Array.from(small.data, (v) => Math.min(65535, 257 * v + 90));
  const [strips, one] = await drawBoth({ ...small, alpha, deep }, look);
  expect(difference(strips, one).most).toBeLessThanOrEqual(1);
  expect(Math.max(...strips.deep!.map((v, i) => Math.abs(v - one.deep![i]!)))).toBeLessThan(257);
  expect(strips.alpha).toEqual(alpha);
});

test.each([2, 3])('%i strips at the same time make the picture of one after the other', async (lanes) => {
  const photo = await resizeTo(example, 150, 420);
  for (const mode of ['exact', 'fast'] as const) {
    const one = await inStrips(photo, { mode });
    let [running, most] = [0, 0];
    /** Counts the runs that are under way. */
    const counting: OpenSession = Object.assign(
      async (...how: Parameters<OpenSession>) => {
        const session = await openSession(...how);
        const { run } = session;
        return Object.assign(session, {
          async run(...given: Parameters<typeof run>) {
            most = Math.max(most, ++running);
            return run(...given).finally(() => running--);
          },
        });
      },
      { deviceFor: openSession.deviceFor, threads: 2 },
    );
    const several = await inStrips(photo, { mode, lanes, openSession: counting });
    expect(most).toBe(lanes);
    expect(difference(several, one).most).toBeLessThanOrEqual(1);
    expect(await inStrips(photo, { mode, lanes })).toEqual(several);
  }
});

test('a photo of one colour gets its tone in strips, too', async () => {
  const grey = {
    width: 200,
    height: 200,
    data: new Uint8Array(3 * 200 * 200).map((_, i) => [40, 90, 160][i % 3]!),
  };
  const [strips, one] = await drawBoth(grey, { colours: 'match' });
  expect(difference(strips, one).most).toBeLessThanOrEqual(1);
});

test('where memory ends with the whole picture it is drawn in strips, smaller ones if need be', async () => {
  let refused = 0;
  /** As if more than 100 rows did not fit. */
  const openSmall: OpenSession = Object.assign(
    async (model: Uint8Array, how: SessionOptions | undefined) => {
      const session = await openSession(model, how);
      const own = session.run;
      const run: typeof session.run = (feeds, ...how) => {
        if ((feeds.image?.shape[2] ?? 0) <= 100) return own(feeds, ...how);
        refused++;
        throw failure('there is not enough memory', undefined, 'out-of-memory');
      };
      return Object.assign(session, { run });
    },
    { deviceFor: openSession.deviceFor },
  );
  const photo = await resizeTo(example, 150, 200);
  const stylizer = await openStylizer(wave, 'wave', { openSession: openSmall, device: 'cpu' });
  try {
    expect(difference(await stylizer.stylize(photo), await whole(photo)).most).toBeLessThanOrEqual(1);
  } finally {
    await stylizer.close();
  }
  expect(refused).toBeGreaterThan(1);
});

test.each([
  ['in memory', memoryScratch],
  ['in a file', fileScratch],
])('scratch %s gives back what was written', async (_, openScratch) => {
  const plane = await openScratch(6, 3);
  await plane.write(2, Uint8Array.of(1, 2, 3, 4, 5, 6));
  await plane.write(0, Uint8Array.of(7, 8, 9));
  const [six, three] = [new Uint8Array(6), new Uint8Array(3)];
  await plane.read(2, six);
  await plane.read(0, three);
  expect(six).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  expect(three).toEqual(Uint8Array.of(7, 8, 9));
  await plane.free();
});
