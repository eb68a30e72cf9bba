import { describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/core/safetensors.js';
import type { Style } from '../../src/files/style-file.js';
import { decodeStyleTensors, encodeStyleTensors } from '../../src/files/style-tensors.js';
import { ARCHITECTURES, type Architecture } from '../../src/nets/architecture.js';
import { initialParameters, parameterSpecs } from '../../src/nets/parameters.js';

const style = (architecture: Architecture): Style => ({
  info: {
    name: 'wave',
    architecture,
    width: 4,
    steps: 12,
    seed: 3,
    lossNetwork: 'vgg19',
    config: '{"name":"wave"}',
    licence: 'free',
    start: 'many:mean',
    pictures: ['wave.jpg', 'the scream.png'],
    blend: [0.7, 0.3],
  },
  parameters: initialParameters(architecture, 4, 2),
});

describe.each(ARCHITECTURES)('%s', (architecture) => {
  test('comes back exactly, its tensors in the order of the network', () => {
    const written = style(architecture);
    const bytes = encodeStyleTensors(written);
    expect(decodeStyleTensors(bytes, 'x')).toEqual(written);
    const { tensors, metadata } = readSafetensors(bytes);
    expect([...tensors.keys()]).toEqual(parameterSpecs(architecture, 4).map(({ name }) => name));
    expect(metadata).toMatchObject({ 'fns.format_version': '1', 'fns.style': 'wave', 'fns.width': '4' });
  });

  test('half floats: half the data, each value within a 2048th', () => {
    const written = style(architecture);
    const [full, half] = [encodeStyleTensors(written), encodeStyleTensors(written, { half: true })];
    expect(half.length).toBeLessThan(0.7 * full.length);
    const read = decodeStyleTensors(half, 'x').parameters;
    for (const [name, { data }] of written.parameters) {
      const worst = data.reduce((max, v, i) => {
        const error = Math.abs(v - read.get(name)!.data[i]!);
        return Math.max(max, error / Math.max(Math.abs(v), 2 ** -14));
      }, 0);
      expect(worst, name).toBeLessThanOrEqual(1 / 2048);
    }
  });
});

describe('files that are no style', () => {
  const tampered = (change: (file: ReturnType<typeof readSafetensors>) => void) => {
    const file = readSafetensors(encodeStyleTensors(style('modern')));
    change(file);
    return writeSafetensors(file.tensors, file.metadata);
  };
  const cases: [string, Uint8Array, RegExp][] = [
    ['empty', new Uint8Array(0), /^f: not a readable safetensors file/],
    [
      'pictures that are no list',
      tampered((f) => {
        f.metadata['fns.pictures'] = '"wave.jpg"';
      }),
      /^f is damaged: fns\.pictures is no list of names$/,
    ],
    [
      'no metadata',
      tampered((f) => delete f.metadata['fns.format_version']),
      /^f is a safetensors file, but not a style/,
    ],
    [
      'newer',
      tampered((f) => Object.assign(f.metadata, { 'fns.format_version': '99' })),
      /newer version \(format 99\)/,
    ],
    ['width', tampered((f) => Object.assign(f.metadata, { 'fns.width': 'wide' })), /damaged: .*width 'wide'/],
    [
      'a parameter less',
      tampered((f) => f.tensors.delete('up1.conv.weight')),
      /damaged: the parameter up1\.conv\.weight/,
    ],
  ];
  test.each(cases)('%s', (_, bytes, message) => {
    expect(() => decodeStyleTensors(bytes, 'f')).toThrow(message);
  });
});
