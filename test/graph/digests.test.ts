/**
 * The graphs that trainings and style files are made of, node for node and byte for byte: their SHA-256 are those in
 * test/golden/graphs.json. Whoever means to change a graph writes the file anew with FNS_WRITE_GRAPHS=1 and says in the
 * commit what changed.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeSizedStyle } from '../../src/files/sized-style.js';
import { encodeStyle } from '../../src/files/style-file.js';
import { encodeUpscaling } from '../../src/files/upscale-file.js';
import type { Architecture } from '../../src/nets/architecture.js';
import { initialParameters, parameterSpecs } from '../../src/nets/parameters.js';
import { transform } from '../../src/nets/transform.js';
import {
  initialUpscaleParameters,
  UPSCALE_BLOCKS,
  type UpscaleArchitecture,
  upscale,
  upscaleSpecs,
} from '../../src/nets/upscale.js';
import { vggNetwork } from '../../src/nets/vgg.js';
import { openPictureObjective, openPixelObjective } from '../../src/optimize/pixel-objective.js';
import type { HostTensor, OpenSession, Session } from '../../src/runtime/session.js';
import { type TrainingOptions, trainingConfig } from '../../src/train/config.js';
import { openPairTrainer } from '../../src/train/pair-trainer.js';
import { openStyleTrainer } from '../../src/train/style-trainer.js';
import { PLAIN, smallVgg } from '../runtime/small-training.js';

const file = fileURLToPath(new URL('../golden/graphs.json', import.meta.url));
const isWriting = process.env.FNS_WRITE_GRAPHS === '1';
const golden: Record<string, string> = isWriting ? {} : JSON.parse(readFileSync(file, 'utf8'));

/** Holds a digest against the golden one. */
function check(name: string, ...models: Uint8Array[]): void {
  expect(models.length).toBeGreaterThan(0);
  const hash = createHash('sha256');
  for (const model of models) hash.update(model);
  const digest = hash.digest('hex').slice(0, 32);
  if (isWriting) golden[name] = digest;
  else expect(digest, name).toBe(golden[name]);
}

afterAll(() => {
  if (isWriting) writeFileSync(file, `${JSON.stringify(golden, undefined, 1)}\n`);
});

/** A runtime that keeps the models it is given and gives zeros. */
function recorder(device: 'cpu' | 'webgpu' = 'cpu'): { models: Uint8Array[]; openSession: OpenSession } {
  const models: Uint8Array[] = [];
  const open = async (model: Uint8Array): Promise<Session> => {
    models.push(model.slice());
    const zeros = (channels: number): HostTensor => ({
      dtype: 'float32',
      shape: [1, channels, channels],
      data: new Float32Array(channels * channels),
    });
    const features = (channels: number, side: number): HostTensor => ({
      dtype: 'float32',
      shape: [1, channels, side, side],
      data: new Float32Array(channels * side * side).fill(2),
    });
    return {
      inputNames: [],
      outputNames: [],
      device,
      run: async () => ({
        'gram/relu1_2': zeros(64),
        'gram/relu2_2': zeros(128),
        'features/relu2_2': features(128, 8),
      }),
      writeState: async () => {},
      readState: async () => ({}),
      close: async () => {},
    };
  };
  return { models, openSession: Object.assign(open, { deviceFor: async () => device }) };
}

const lossNetwork = vggNetwork('vgg16', smallVgg());
const picture = (side: number) => ({ width: side, height: side, data: new Float32Array(3 * side * side) });

const LAYERS = { contentLayers: ['relu2_2'], styleLayers: ['relu1_2', 'relu2_2=0.5'], lossNetwork: 'vgg16' };

async function trainingGraphs(options: TrainingOptions, device: 'cpu' | 'webgpu' = 'cpu') {
  const small = { name: 'x', width: 4, size: 32, batch: 2, steps: 3, ...LAYERS };
  const plain = options.architecture === 'modern' && { ...PLAIN, styleSize: options.size ?? 32 };
  const config = trainingConfig({ ...small, ...plain, ...options });
  const { models, openSession } = recorder(device);
  const style = picture(config.styleSize);
  const styles = config.paintings
    ? { paintings: config.paintings.map((name) => ({ name, style })) }
    : { style };
  await openStyleTrainer({ config, ...styles, lossNetwork, openSession });
  return models;
}

describe('the training step', () => {
  const cases: [string, TrainingOptions, ('cpu' | 'webgpu')?][] = [
    ['source', { architecture: 'source' }],
    ['source 48, no style weight', { architecture: 'source', size: 48, styleWeight: 0 }],
    ['paper', { architecture: 'paper', size: 64 }],
    ['paper, batch 1, width 8', { architecture: 'paper', size: 44, width: 8, batch: 1 }],
    ['modern', { architecture: 'modern' }],
    ['modern 16, width 2, batch 1', { architecture: 'modern', size: 16, width: 2, batch: 1 }],
    ['modern, rates of 1', { architecture: 'modern', outputRate: 1, normRate: 1 }],
    ['modern, rates', { architecture: 'modern', outputRate: 3, normRate: 5 }],
    ['modern, margin', { architecture: 'modern', margin: 16 }],
    ['modern, muon', { architecture: 'modern', optimizer: 'muon' }],
    ['modern, pixel loss', { architecture: 'modern', pixelWeight: 2, tvWeight: 0 }],
    ['modern, stability', { architecture: 'modern', stabilityWeight: 0.5, margin: 4 }],
    ['modern, stability, on a GPU', { architecture: 'modern', stabilityWeight: 0.5 }, 'webgpu'],
    ['modern, the source’s losses', { architecture: 'modern', normalisation: 'source' }],
    ['modern, painting of 40', { architecture: 'modern', styleSize: 40 }],
    ['modern, many paintings', { architecture: 'modern', paintings: ['a', 'b', 'c'] }],
    ['modern, many paintings, rows only', { architecture: 'modern', paintings: ['a', 'b'], only: 'rows' }],
    [
      'modern, many paintings, muon',
      { architecture: 'modern', paintings: ['a', 'b'], optimizer: 'muon', normRate: 5 },
    ],
    ['modern, rows only', { architecture: 'modern', only: 'rows' }],
    ['modern on a GPU', { architecture: 'modern' }, 'webgpu'],
    ['modern, many paintings, on a GPU', { architecture: 'modern', paintings: ['a', 'b'] }, 'webgpu'],
    ['paper on a GPU', { architecture: 'paper', size: 64 }, 'webgpu'],
    ['lengstrom', { architecture: 'lengstrom' }],
    ['lengstrom, muon', { architecture: 'lengstrom', optimizer: 'muon' }],
  ];
  test.each(cases)('%s', async (name, options, device) => {
    check(`training: ${name}`, ...(await trainingGraphs(options, device)));
  });
});

describe('the style file', () => {
  const style = (architecture: Architecture, width: number, paintings?: string[], bleed = 0) => {
    const parameters = initialParameters(architecture, width, 1, paintings?.length ?? 0);
    for (const { name, shape, role } of parameterSpecs(architecture, width, paintings?.length)) {
      if (role === 'identity') parameters.set(name, { shape, data: new Float32Array(shape[0]!) });
    }
    const info = { name: 'x', architecture, width, steps: 1, seed: 2, lossNetwork: 'vgg16' };
    return {
      info: { ...info, config: '{}', licence: 'l', bleed, ...(paintings && { paintings }) },
      parameters,
    };
  };
  for (const architecture of ['source', 'paper', 'modern', 'lengstrom'] as const) {
    test.each([2, 4, 16])(`${architecture}, width %i`, (width) => {
      check(`style: ${architecture} ${width}`, encodeStyle(style(architecture, width)));
      check(`style: ${architecture} ${width}, half`, encodeStyle(style(architecture, width), { half: true }));
      const size = { width: 50, height: 37 };
      check(`style: ${architecture} ${width}, 37x50`, encodeStyle(style(architecture, width), { size }));
    });
  }
  test('with a continued border', () => {
    check('style: modern 4, bleed 16', encodeStyle(style('modern', 4, undefined, 16)));
  });
  test('of many paintings', () => {
    check('style: many', encodeStyle(style('modern', 4, ['a', 'b', 'c'], 16)));
    check('style: many, half', encodeStyle(style('modern', 4, ['a', 'b', 'c'], 16), { half: true }));
  });
  test.each([
    ['cpu', undefined],
    ['cpu', 8],
    ['cpu', 16],
    ['webgpu', undefined],
  ] as const)('for one size on %s, blocks of %s', (device, block) => {
    const size = { width: 50, height: 37 };
    const name = `style for one size: ${device}${block ? `, blocks of ${block}` : ''}`;
    check(name, encodeSizedStyle(style('modern', 16, undefined, 16), size, { device, block }));
  });
});

describe('super-resolution and pairs', () => {
  const losses = {
    pixel: 1,
    features: [{ layer: 'relu2_2', weight: 2 }],
    tv: 1e-5,
    checkerboard: 3,
    spectrum: 4,
  };
  const rate = { learningRate: 1e-3, schedule: 'constant' } as const;
  const common = { batch: 2, lossNetwork, rate };
  test.each(['paper', 'modern'] as UpscaleArchitecture[])('%s', async (architecture) => {
    for (const factor of [2, 4, 8]) {
      const network = { architecture, factor, width: 4, blocks: UPSCALE_BLOCKS[architecture] };
      const parameters = initialUpscaleParameters(network, 1);
      const info = { ...network, name: 'x', steps: 1, config: '{}', licence: '' };
      check(`upscale: ${architecture} ${factor}`, encodeUpscaling({ info, parameters }));
      const { models, openSession } = recorder();
      await openPairTrainer({
        ...common,
        network: {
          specs: upscaleSpecs(network),
          apply: (image, own, mode) => upscale(image, own, network, mode),
        },
        inputSize: [64 / factor, 64 / factor],
        losses: { ...losses, block: factor },
        init: parameters,
        openSession,
      });
      check(`upscale training: ${architecture} ${factor}`, ...models);
    }
  });
  test.each(['source', 'paper', 'modern'] as Architecture[])('pairs with %s', async (architecture) => {
    const { models, openSession } = recorder();
    await openPairTrainer({
      ...common,
      network: {
        specs: parameterSpecs(architecture, 4),
        apply: (image, own, mode) => transform(image, own, { architecture, mode }),
      },
      inputSize: [64, 64],
      outputRate: 16,
      losses,
      init: initialParameters(architecture, 4, 1),
      openSession,
    });
    check(`pair training: ${architecture}`, ...models);
  });
});

describe('the objective of a picture', () => {
  const layers = (names: string[]) => names.map((layer) => ({ layer, weight: 2 }));
  const whole = { content: layers(['relu2_2']), style: layers(['relu1_2', 'relu2_2']), tv: 1e-5 };
  test.each([
    ['all losses', { ...whole, pixel: 3, normalisation: 'paper' }, false],
    ['content, relative', { ...whole, style: [], normalisation: 'source' }, true],
    ['style, relative', { ...whole, content: [], normalisation: 'source' }, true],
  ] as const)('%s', async (name, weights, relative) => {
    for (const open of [openPixelObjective, openPictureObjective]) {
      const { models, openSession } = recorder();
      const content = new Float32Array(3 * 16 * 16);
      await open({
        ...{
          width: 16,
          height: 16,
          weights,
          relative,
          content,
          style: picture(24),
          lossNetwork,
          openSession,
        },
      });
      check(`objective: ${name}, ${open === openPixelObjective ? 'with' : 'without'} gradient`, ...models);
    }
  });
});
