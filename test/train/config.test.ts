import { describe, expect, test } from 'vitest';
import { FnsError } from '../../src/core/errors.js';
import { storedConfig, trainingConfig, trainingConfigSchema } from '../../src/train/config.js';
import { optionHelp } from '../../src/train/option-help.js';
import {
  PICTURE_CHANGE_DEFAULTS,
  pictureChangeConfig,
  pictureChangeConfigSchema,
} from '../../src/train/picture-change-config.js';
import { styleSizeFor } from '../../src/train/style-size.js';
import { UPSCALE_DEFAULTS, upscaleConfig, upscaleConfigSchema } from '../../src/train/upscale-config.js';

/** The error of options that make no sense. */
function errorOf(make: () => unknown): FnsError {
  try {
    make();
  } catch (error) {
    if (error instanceof FnsError) return error;
    throw error;
  }
  throw new Error('no error was thrown');
}

describe('an option that makes no sense is told with what is needed and what was given', () => {
  test.each([
    [{ learningRate: -1 }, 'learningRate: a number above 0 is needed, got -1'],
    [{ learningRate: Number.NaN }, 'learningRate: a number above 0 is needed, got NaN'],
    [{ learningRate: 'fast' }, "learningRate: a number above 0 is needed, got 'fast'"],
    [{ tvWeight: -0.5 }, 'tvWeight: a number from 0 on is needed, got -0.5'],
    [{ width: 300 }, 'width: a whole number from 1 to 256 is needed, got 300'],
    [{ batch: 1.5 }, 'batch: a whole number from 1 on is needed, got 1.5'],
    [{ size: 30 }, 'size: a multiple of 4 from 16 on is needed, got 30'],
    [{ margin: 3 }, 'margin: a multiple of 2 from 0 on is needed, got 3'],
    [{ name: '' }, "name: a text that is not empty is needed, got ''"],
    [{ crop: 'left' }, "crop: one of random, centre is needed, got 'left'"],
    [{ only: 'columns' }, "only: rows is needed, got 'columns'"],
    [{ architecture: 'unet' }, "architecture: one of source, paper, modern, lengstrom is needed, got 'unet'"],
    [{ styleLayers: 'relu1_2' }, "styleLayers: a list is needed, got 'relu1_2'"],
    [{ lossNetwork: 'alexnet' }, "lossNetwork: vgg16, vgg19 or an .onnx file is needed, got 'alexnet'"],
    [{ styleLayer: ['relu1_2'] }, 'styleLayer: no such option is known'],
    [
      { paintings: ['a b'] },
      "paintings: names of paintings have no spaces and none of : = , / \\, got 'a b'",
    ],
    [{ paintings: ['a', 'a'] }, 'paintings: each needs its own name, got a, a'],
    [{ size: 48, sizeTo: 32 }, 'size: sizes run from small to large multiples of 4, got 48..32'],
    [{ steps: 1, epochs: 2 }, 'one of steps, epochs and minutes is needed, got steps and epochs'],
  ])('%j', (given, message) => {
    const error = errorOf(() => trainingConfig({ name: 'x', ...(given as object) }));
    expect(error.message).toBe(message);
    expect(error.kind).toBe('usage');
    expect(error.option).toBe(/^(\w+): /.exec(message)?.[1]);
  });

  test.each([
    [{ factor: 3 }, 'factor: one of 2, 4, 8 is needed, got 3'],
    [{ size: 30 }, 'size: a multiple of the factor 4 is needed, got 30'],
    [{ pixelWeight: 0 }, 'pixelWeight and featureWeight are both 0: there is nothing to learn'],
    [
      { factor: 8, size: 24, checkerboardWeight: 1 },
      'size: the checkerboard loss needs a multiple of 8 from 32 on, got 24',
    ],
    [{ size: 40, spectrumWeight: 1 }, 'size: the spectrum loss needs a multiple of 16 from 32 on, got 40'],
    [{ featureWeight: 1, featureLayers: ['relu9_9'] }, /^featureLayers: unknown layer 'relu9_9' of vgg16/],
  ])('of super-resolution: %j', (given, message) => {
    const { message: told } = errorOf(() => upscaleConfig({ name: 'x', ...(given as object) }));
    if (typeof message === 'string') expect(told).toBe(message);
    else expect(told).toMatch(message);
  });

  test('of changes of pictures', () => {
    expect(errorOf(() => pictureChangeConfig({ name: 'x', size: 40 })).message).toBe(
      "size: the paper's network reflects 40 pixels: at least 44 is needed, got 40",
    );
  });
});

describe('defaults', () => {
  test('the length that is given takes the place of the default one', () => {
    expect(upscaleConfig({ name: 'x', minutes: 3 })).toMatchObject({ minutes: 3 });
    expect(upscaleConfig({ name: 'x', minutes: 3 }).steps).toBeUndefined();
    expect(pictureChangeConfig({ name: 'x' })).toEqual({ ...PICTURE_CHANGE_DEFAULTS.paper, name: 'x' });
    expect(upscaleConfig({ name: 'x', architecture: 'paper' })).toEqual({
      ...UPSCALE_DEFAULTS.paper,
      name: 'x',
    });
  });

  test('configurations from before Muon could train pairs, and before newer losses, are read', () => {
    for (const [schema, whole] of [
      [pictureChangeConfigSchema, pictureChangeConfig({ name: 'x' })],
      [upscaleConfigSchema, upscaleConfig({ name: 'x' })],
    ] as const) {
      const { optimizer: _o, checkerboardWeight: _c, spectrumWeight: _s, ...old } = whole;
      expect(schema.parse(old)).toEqual(whole);
    }
  });
});

test('every option that a person may set has a help', () => {
  const without = (schema: { shape: Record<string, Parameters<typeof optionHelp.get>[0]> }) =>
    Object.keys(schema.shape).filter((key) => !optionHelp.get(schema.shape[key]!));
  expect(without(trainingConfigSchema)).toEqual(['paintings', 'sizeTo', 'lossSha256']);
  expect(without(pictureChangeConfigSchema)).toEqual(['lossSha256', 'outputRate']);
  expect(without(upscaleConfigSchema)).toEqual(['lossSha256']);
});

describe('the painting’s size where none is chosen', () => {
  test.each([
    ['a large painting is made twice the crops', 256, 2000, 512],
    ['a smaller one is taken as it is', 256, 400, 400],
    ['one smaller than the crops is enlarged to them', 256, 100, 256],
    ['so is its half for smaller crops', 128, 2000, 256],
  ])('%s', (_, size, painting, expected) => {
    expect(styleSizeFor(trainingConfig({ name: 'x', size }), painting)).toBe(expected);
  });

  test('the other architectures’ is that of the crops, as in their projects', () => {
    const config = trainingConfig({ name: 'x', architecture: 'source', size: 256 });
    expect(styleSizeFor(config, 2000)).toBe(256);
  });
});

test('the configuration of a file of before margins had none, however trainings begin today', () => {
  const { margin: _, ...old } = trainingConfig({ name: 'x' });
  expect(storedConfig(old).margin).toBe(0);
  expect(storedConfig({ ...old, margin: 8 }).margin).toBe(8);
});
