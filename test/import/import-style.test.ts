import { describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/core/safetensors.js';
import type { PixelFormat } from '../../src/files/pixel-format.js';
import { encodeStyle, type Style } from '../../src/files/style-file.js';
import { encodeStyleTensors } from '../../src/files/style-tensors.js';
import { ModelProto } from '../../src/graph/onnx-schema.js';
import { importStyle } from '../../src/import/import-style.js';
import { readTorchFile } from '../../src/import/torch-file.js';
import { ARCHITECTURES } from '../../src/nets/architecture.js';
import { initialParameters } from '../../src/nets/parameters.js';
import { openSession } from '../../src/node/session.js';
import { GOLDEN_WIDTH, goldenParameters } from '../golden/state.js';
import { goldenPixels } from '../golden/values.js';
import { differenceFromPytorch, goldenFile, lengstromFolder, lengstromVariables } from './golden-networks.js';
import { writeCheckpoint, writeOldCheckpoint } from './tensorflow-writer.js';

describe('the pictures equal those of PyTorch', () => {
  const files = ['zip.pth', 'legacy.model', 'opset9.onnx', 'opset11.onnx'];
  test.each(files)('the pytorch/examples network from %s', async (file) => {
    const style = importStyle(goldenFile(file), { label: `some/${file}` });
    expect(style.info).toMatchObject({
      name: file.split('.')[0],
      architecture: 'modern',
      width: 2,
      steps: 0,
    });
    expect(style.info.licence).toBe(`imported from ${file}; see its author's licence`);
    const { max, mean } = await differenceFromPytorch(style, 'pytorch');
    expect(mean).toBeLessThan(1e-3);
    expect(max).toBeLessThan(0.05);
  });

  const variables = lengstromVariables();
  const slots = variables.map((v) => ({ ...v, name: `${v.name}/Adam`, data: v.data.map(() => Number.NaN) }));
  test.each([
    ['raw variables', lengstromFolder()],
    ['a checkpoint', writeCheckpoint('wave.ckpt', variables)],
    [
      'a checkpoint of a training in three files, one entry a block',
      writeCheckpoint('x', [...variables, ...slots], { shards: 3, entriesPerBlock: 1 }),
    ],
    ['an old checkpoint', writeOldCheckpoint([...variables, ...slots], { restartEvery: 1 })],
  ])('the lengstrom network from %s', async (_, source) => {
    const style = importStyle(source);
    expect(style.info).toMatchObject({ architecture: 'lengstrom', width: GOLDEN_WIDTH });
    const { max, mean } = await differenceFromPytorch(style, 'lengstrom');
    expect(mean).toBeLessThan(1e-3);
    expect(max).toBeLessThan(0.05);
  });
});

describe('networks for other pixels than RGB 0..255', () => {
  /** PyTorch's network, changed to take and give its pixels in another way. */
  function file({ channelOrder, range }: PixelFormat): Uint8Array {
    const golden = [...readTorchFile(goldenFile('zip.pth'), 'zip')];
    const tensors = new Map(golden.map(([name, t]) => [name, { shape: [...t.shape], data: t.read() }]));
    const change = (name: string, to: (data: Float32Array, shape: readonly number[]) => Float32Array) => {
      const { shape, data } = tensors.get(name)!;
      tensors.set(name, { shape, data: to(data, shape) });
    };
    const scale = range === 255 ? 1 : range === 1 ? 1 / 255 : 1 / 127.5;
    change('conv1.conv2d.weight', (data) => data.map((v) => v / scale));
    change('deconv3.conv2d.weight', (data) => data.map((v) => v * scale));
    change('deconv3.conv2d.bias', (data) => data.map((v) => v * scale - (range === -1 ? 1 : 0)));
    if (channelOrder === 'bgr') {
      // [Cout, 3, 9, 9]: the colours are the second axis; of the output they are the first.
      change('conv1.conv2d.weight', (data) =>
        data.map((_, i) => data[i + 81 * (2 - 2 * (Math.floor(i / 81) % 3))]!),
      );
      for (const name of ['deconv3.conv2d.weight', 'deconv3.conv2d.bias']) {
        change(name, (data) => {
          const each = data.length / 3;
          return data.map((_, i) => data[(2 - Math.floor(i / each)) * each + (i % each)]!);
        });
      }
    }
    return writeSafetensors(tensors);
  }

  test.each<PixelFormat>([
    { channelOrder: 'bgr', range: 255 },
    { channelOrder: 'rgb', range: 1 },
    { channelOrder: 'rgb', range: -1 },
    { channelOrder: 'bgr', range: 1 },
    { channelOrder: 'bgr', range: -1 },
  ])('%o: the pictures equal those of PyTorch', async (format) => {
    const { max, mean } = await differenceFromPytorch(importStyle(file(format), format), 'pytorch');
    expect(mean).toBeLessThan(1e-3);
    expect(max).toBeLessThan(0.05);
    const asRgb = await differenceFromPytorch(importStyle(file(format)), 'pytorch');
    expect(asRgb.mean).toBeGreaterThan(5);
  });

  test('what an ONNX file says is heeded, and overruled', async () => {
    const model = ModelProto.toObject(ModelProto.decode(goldenFile('opset9.onnx')), { arrays: true });
    model.metadataProps = [{ key: 'Image.BitmapPixelFormat', value: 'Bgr8' }];
    const bytes = ModelProto.encode(ModelProto.fromObject(model)).finish();
    const asked = { channelOrder: 'bgr' } as const;
    expect(importStyle(bytes).parameters).toEqual(importStyle(goldenFile('opset9.onnx'), asked).parameters);
    expect(importStyle(bytes, { channelOrder: 'rgb' }).parameters).toEqual(
      importStyle(goldenFile('opset9.onnx')).parameters,
    );
  });

  test('lengstrom’s takes its channels in another order, but has a range of its own', async () => {
    const plain = importStyle(lengstromFolder());
    const swapped = importStyle(lengstromFolder(), { channelOrder: 'bgr' });
    const draw = async (style: Style, data: Float32Array) => {
      const session = await openSession(encodeStyle(style), { device: 'cpu', threads: 1 });
      const results = await session.run({ image: { dtype: 'float32', shape: [1, 3, 16, 20], data } });
      await session.close();
      return results.stylized!.data as Float32Array;
    };
    const pixels = goldenPixels(3 * 16 * 20, 4);
    const turned = (data: Float32Array) =>
      data.map((_, i) => data[(2 - Math.floor(i / 320)) * 320 + (i % 320)]!);
    const [expected, actual] = [await draw(plain, pixels), turned(await draw(swapped, turned(pixels)))];
    expect(Math.max(...expected.map((v, i) => Math.abs(v - actual[i]!)))).toBeLessThan(1e-2);
    expect(() => importStyle(lengstromFolder(), { range: 1 })).toThrow(
      'range: the network of the file has 0 to 255 built in',
    );
  });
});

describe('our own parameters', () => {
  const info = {
    name: 'own',
    width: GOLDEN_WIDTH,
    steps: 7,
    seed: 3,
    lossNetwork: 'vgg16',
    config: '{"a":1}',
    licence: 'CC0',
  };

  test.each(ARCHITECTURES)(
    '%s: with metadata everything is kept, without it the network is recognised',
    (architecture) => {
      const style = { info: { ...info, architecture }, parameters: goldenParameters(architecture) };
      const file = encodeStyleTensors(style);
      expect(importStyle(file)).toEqual(style);
      expect(importStyle(encodeStyle(style))).toEqual(style);
      const renamed = importStyle(file, { name: 'other', licence: 'MIT' });
      expect(renamed.info).toEqual({ ...style.info, name: 'other', licence: 'MIT' });
      const bare = importStyle(writeSafetensors(style.parameters), { label: 'folder/bare.safetensors' });
      expect(bare.info).toMatchObject({ name: 'bare', architecture, width: GOLDEN_WIDTH });
      expect(bare.parameters).toEqual(style.parameters);
    },
  );

  test('a network of many paintings without metadata gets numbers for names', () => {
    const parameters = initialParameters('modern', 2, 1, 3);
    parameters.set('identity', {
      shape: [parameters.get('rows')!.shape[1]!],
      data: parameters.get('rows')!.data.slice(0, parameters.get('rows')!.shape[1]!),
    });
    const { info, parameters: read } = importStyle(writeSafetensors(parameters));
    expect(info.paintings).toEqual(['painting-1', 'painting-2', 'painting-3']);
    expect(read.get('rows')).toEqual(parameters.get('rows'));
  });

  test("another program's names in safetensors will do as well", () => {
    const variables = new Map(lengstromVariables().map(({ name, shape, data }) => [name, { shape, data }]));
    expect(importStyle(writeSafetensors(variables)).info.architecture).toBe('lengstrom');
  });
});

describe('what does not fit is named, with what was expected', () => {
  const without = (name: string) => {
    const variables = lengstromVariables().filter((v) => v.name !== name);
    return writeSafetensors(new Map(variables.map((v) => [v.name, v])));
  };
  const changed = (name: string, shape: number[], value = 0) => {
    const parameters = new Map(goldenParameters('modern'));
    parameters.set(name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) });
    return writeSafetensors(parameters);
  };

  test.each([
    [
      without('Variable_7'),
      'x.pb: the lengstrom/fast-style-transfer network needs a tensor Variable_7 [16], which is missing',
    ],
    [
      changed('down2.norm.scale', [5]),
      'x.pb: down2.norm.scale has the shape [5], the network modern needs [8]',
    ],
    [changed('res6.norm1.scale', [16]), 'x.pb: the network modern of width 4 has no tensor res6.norm1.scale'],
    [
      changed('down2.norm.scale', [8], Number.NaN),
      'x.pb: down2.norm.scale holds numbers that are not finite',
    ],
    [
      changed('down1.conv.weight', [999, 3, 9, 9]),
      'x.pb: down1.conv.weight has the shape [999, 3, 9, 9], the network modern needs four axes and 1 to 256 channels',
    ],
    [
      writeSafetensors(new Map([['fc.weight', { shape: [1, 2], data: new Float32Array(2) }]])),
      'x.pb: no known network: its first tensor is fc.weight [1, 2]; expected one of down1.conv.weight (this program), conv1.conv2d.weight (pytorch/examples), Variable (lengstrom/fast-style-transfer)',
    ],
    [
      new TextEncoder().encode('<html>not found</html>'),
      'x.pb: neither a PyTorch state_dict (.pth, .model), ONNX or safetensors file nor a TensorFlow checkpoint that can be read',
    ],
    [
      new Uint8Array(0),
      'x.pb: neither a PyTorch state_dict (.pth, .model), ONNX or safetensors file nor a TensorFlow checkpoint that can be read',
    ],
  ])('case %#', (bytes, message) => {
    expect(() => importStyle(bytes, { label: 'x.pb' })).toThrow(
      expect.objectContaining({ name: 'FnsError', kind: 'failure', message }),
    );
  });

  test('a name with line ends and control characters stays one line', () => {
    const file = writeSafetensors(new Map([['a\n\u001b[31mb', { shape: [1], data: new Float32Array(1) }]]));
    expect(() => importStyle(file)).toThrow('its first tensor is a?[31mb [1]');
  });
});
