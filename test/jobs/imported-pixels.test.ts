import { expect, test } from 'vitest';
import { RGB_255 } from '../../src/files/pixel-format.js';
import { decodeStyle, type Style } from '../../src/files/style-file.js';
import { toRgb255 } from '../../src/import/rgb-255.js';
import { guessImported } from '../../src/jobs/imported-pixels.js';
import { VGG_MEANS } from '../../src/nets/vgg.js';
import { readStyleFile } from '../../src/node/shipped.js';

async function shipped(name: string): Promise<Style> {
  const { bytes, label } = await readStyleFile(name);
  return decodeStyle(bytes, label);
}

/** The network with blue first. What turns blue first round turns it back. */
function turned({ info, parameters }: Style): Style {
  const converted = { architecture: info.architecture, width: info.width, parameters: new Map(parameters) };
  return { info, parameters: toRgb255(converted, { channelOrder: 'bgr', range: 255 }, 'x').parameters };
}

/** The network for pixels of 0 to 1, or of -1 to 1. */
function scaled({ info, parameters }: Style, range: 1 | -1): Style {
  const factor = range === 1 ? 255 : 127.5;
  const changed = new Map(parameters);
  const change = (name: string, to: (v: number, i: number) => number) => {
    const { shape, data } = changed.get(name)!;
    changed.set(name, { shape, data: data.map(to) });
  };
  change('down1.conv.weight', (v) => v * factor);
  change('out.conv.weight', (v) => v / factor);
  const shift = range === 1 ? 0 : 1;
  change('out.conv.bias', (v, i) => (v + VGG_MEANS[i]!) / factor - shift - VGG_MEANS[i]!);
  return { info, parameters: changed };
}

test.each(['wave', 'starry', 'shipwreck'])(
  '%s: red is first in it, and blue when it is turned round',
  async (name) => {
    const style = await shipped(name);
    expect(await guessImported(style, {})).toEqual(RGB_255);
    expect(await guessImported(turned(style), {})).toEqual({ channelOrder: 'bgr', range: 255 });
  },
);

test.each([1, -1] as const)('wave for pixels up to %d is noticed', async (range) => {
  const style = await shipped('wave');
  expect(await guessImported(scaled(style, range), {})).toEqual({ channelOrder: 'rgb', range });
  expect(await guessImported(scaled(turned(style), range), {})).toEqual({ channelOrder: 'bgr', range });
});

test('what is known is not guessed', async () => {
  const style = await shipped('wave');
  expect(await guessImported(turned(style), { channelOrder: 'rgb' })).toEqual(RGB_255);
  expect(await guessImported(scaled(style, 1), { range: 255 })).toMatchObject({ range: 255 });
});
