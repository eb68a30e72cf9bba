import { describe, expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { uniformValues } from '../../src/core/random.js';
import { encodeStyle } from '../../src/files/style-file.js';
import { initialParameters } from '../../src/nets/parameters.js';
import { openSession } from '../../src/node/session.js';
import { openStylizer, type StylizerOptions } from '../../src/stylize/stylizer.js';
import { type ColourNetwork, colourNetwork } from './colour-networks.js';

const CPU = { device: 'cpu', threads: 1, openSession } as const;

const photo: Image = {
  width: 40,
  height: 33,
  data: Uint8Array.from(uniformValues(40 * 33 * 3, 5, 100), (v) => Math.round(v + 128)),
};

async function drawn(
  network: ColourNetwork,
  options: Partial<StylizerOptions> = {},
): Promise<{ data: Uint8Array; notes: readonly string[] }> {
  const stylizer = await openStylizer(colourNetwork(network), 'x.onnx', { ...CPU, ...options });
  try {
    return { data: (await stylizer.stylize(photo)).data, notes: stylizer.notes };
  } finally {
    await stylizer.close();
  }
}

const difference = (a: Uint8Array, b: Uint8Array) => Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));

describe('the same colours, whatever a network of another project wants its pixels to be', () => {
  const GUESS = 'guessed from what it makes of a test picture';
  const cases: [string, ColourNetwork, string[]][] = [
    ['red first, 0 to 255', {}, []],
    ['red first, 0 to 255, after a norm', { norm: true }, []],
    [
      'blue first, as the metadata says',
      { blueFirst: true, metadata: { 'Image.BitmapPixelFormat': 'Bgr8' } },
      ['x.onnx is taken to want blue first (as its metadata says)'],
    ],
    [
      'blue first, as a doc string says',
      { blueFirst: true, doc: 'The image, BGR, 0..255' },
      ['x.onnx is taken to want blue first (as a doc string in it says)'],
    ],
    [
      'blue first, as its means are',
      { blueFirst: true, means: true },
      ['x.onnx is taken to want blue first (as the means that it subtracts show)'],
    ],
    ['blue first, guessed', { blueFirst: true }, [`x.onnx is taken to want blue first (${GUESS})`]],
    [
      'blue first, guessed after a norm',
      { blueFirst: true, norm: true },
      [`x.onnx is taken to want blue first (${GUESS})`],
    ],
    ['0 to 1, guessed', { range: 1 }, [`x.onnx is taken to want pixels of 0 to 1 (${GUESS})`]],
    [
      '0 to 1, guessed after a norm',
      { range: 1, norm: true },
      [`x.onnx is taken to want pixels of 0 to 1 (${GUESS})`],
    ],
    [
      '0 to 1, as the metadata says',
      { range: 1, metadata: { 'Image.NominalPixelRange': 'Normalized_0_1' } },
      ['x.onnx is taken to want pixels of 0 to 1 (as its metadata says)'],
    ],
    ['-1 to 1, guessed', { range: -1 }, [`x.onnx is taken to want pixels of -1 to 1 (${GUESS})`]],
    [
      'blue first and 0 to 1, guessed',
      { blueFirst: true, range: 1, norm: true },
      [
        `x.onnx is taken to want blue first (${GUESS})`,
        `x.onnx is taken to want pixels of 0 to 1 (${GUESS})`,
      ],
    ],
    [
      'blue first, one size only',
      { blueFirst: true, size: { width: 40, height: 33 } },
      [
        `x.onnx is taken to want blue first (${GUESS})`,
        'x.onnx takes 40x33 only: photos are resized to that and back',
      ],
    ],
  ];
  test.each(cases)('%s', async (_, network, notes) => {
    const { norm } = network;
    const expected = await drawn(
      { norm, size: { width: 40, height: 33 } },
      { channelOrder: 'rgb', range: 255 },
    );
    const actual = await drawn(network);
    // A norm's statistics are of the photo as the network sees it, continued to multiples of 4 where it takes any size.
    expect(difference(actual.data, expected.data)).toBeLessThanOrEqual(norm ? 4 : 1);
    expect(actual.notes).toEqual(notes);
  });
});

describe('what is asked for', () => {
  test('overrules the file, and needs no note', async () => {
    const lying = { blueFirst: true, range: 1, metadata: { 'Image.BitmapPixelFormat': 'Rgb8' } } as const;
    const asked = await drawn(lying, { channelOrder: 'bgr', range: 1 });
    expect(difference(asked.data, (await drawn({})).data)).toBeLessThanOrEqual(1);
    expect(asked.notes).toEqual([]);
    expect(difference((await drawn(lying)).data, asked.data)).toBeGreaterThan(20);
  });

  test('is checked', async () => {
    await expect(drawn({}, { channelOrder: 'grb' as 'rgb' })).rejects.toThrow(
      'channelOrder: rgb or bgr is needed, got grb',
    );
    await expect(drawn({}, { range: 2 as 1 })).rejects.toThrow(
      'range: 255 (0 to 255), 1 (0 to 1) or -1 (-1 to 1) is needed, got 2',
    );
  });

  test('has no meaning for a style of ours', async () => {
    const info = {
      ...{ name: 'tiny', architecture: 'modern' as const, width: 4, steps: 1, seed: 0 },
      ...{ lossNetwork: 'vgg16', config: '{}', licence: '' },
    };
    const bytes = encodeStyle({ info, parameters: initialParameters('modern', 4, 1) });
    await expect(openStylizer(bytes, 'tiny', { ...CPU, range: 1 })).rejects.toThrow(
      'range: tiny is a style of this program, which knows its own',
    );
  });
});

test.each([
  ['converts BGR to RGB', []],
  ['a style network', []],
])('a doc string that says "%s" tells nothing', async (doc, notes) => {
  expect((await drawn({ doc })).notes).toEqual(notes);
});
