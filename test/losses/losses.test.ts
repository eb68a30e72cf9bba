import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FloatTensor, readSafetensors } from '../../src/core/safetensors.js';
import { Graph, gradients, scale, type Tensor, toModel } from '../../src/graph/index.js';
import { pixelLoss } from '../../src/losses/content.js';
import { parseNormalisation } from '../../src/losses/normalisation.js';
import { type LossWeights, perceptualLoss, styleGrams } from '../../src/losses/perceptual.js';
import { ARCHITECTURES, type Architecture } from '../../src/nets/architecture.js';
import { isTrained, parameterSpecs } from '../../src/nets/parameters.js';
import { transform } from '../../src/nets/transform.js';
import { vgg, vggNetwork } from '../../src/nets/vgg.js';
import type { VggName } from '../../src/nets/vgg-layers.js';
import { openSession } from '../../src/node/session.js';
import type { HostTensor } from '../../src/runtime/session.js';
import { trainingConfig } from '../../src/train/config.js';
import { openStyleTrainer } from '../../src/train/style-trainer.js';
import { dataDir, requireData } from '../data.js';
import { goldenPhoto } from '../golden/photo.mjs';
import { readGolden, relativeError } from '../golden/read.js';
import { GOLDEN_WIDTH, goldenParameters } from '../golden/state.js';
import { goldenPictures, goldenPixels } from '../golden/values.js';

const golden = readGolden('losses');
const cpu = { device: 'cpu', threads: 2 } as const;
const FILES = { vgg16: 'vgg16-conv1_1-conv3_3', vgg19: 'vgg19-conv1_1-conv5_1' };
const expected = (name: string) => golden.tensors.get(name)!.data;

function weightsOf(network: VggName): Map<string, FloatTensor> {
  const path = join(dataDir!, 'weights', `${FILES[network]}.safetensors`);
  return readSafetensors(new Uint8Array(readFileSync(path))).tensors;
}

const pixels = (shape: number[], seed: number): HostTensor => ({
  dtype: 'float32',
  shape,
  data: goldenPixels(
    shape.reduce((a, b) => a * b, 1),
    seed,
  ),
});

interface GoldenConfig {
  losses: string;
  network: VggName;
  styleLayers: string[];
  styleWeight: number;
  contentLayer: string;
  contentWeight: number;
  tvWeight: number;
}

function weightsFor(config: GoldenConfig): LossWeights {
  return {
    style: config.styleLayers.map((layer) => ({ layer, weight: config.styleWeight })),
    content: [{ layer: config.contentLayer, weight: config.contentWeight }],
    tv: config.tvWeight,
    normalisation: parseNormalisation(config.losses),
  };
}

const layersOf = ({ style }: LossWeights) => style.map(({ layer }) => layer);
const configOf = (name: string) => JSON.parse(golden.metadata[`config_${name}`]!) as GoldenConfig;
const STYLE_SHAPE = [1, 3, 48, 48];

describe.runIf(requireData('losses against PyTorch'))('with the real VGG weights', () => {
  test.each(['vgg16', 'vgg19'] as const)('%s features of a real photo equal PyTorch', async (network) => {
    const photo = await goldenPhoto();
    const planar = Float32Array.from(
      { length: photo.length },
      (_, i) => photo[(i % 4096) * 3 + Math.floor(i / 4096)]!,
    );
    const layers = [...golden.tensors.keys()]
      .filter((k) => k.startsWith(`${network}/`) && k.endsWith('/norm'))
      .map((k) => k.split('/')[1]!);
    expect(layers.length).toBeGreaterThan(6);
    const graph = new Graph();
    const features = vgg(graph, network, weightsOf(network)).features(
      graph.input('image', [1, 3, 64, 64]),
      layers,
    );
    for (const [layer, f] of features) graph.output(layer, f);
    const session = await openSession(toModel(graph), cpu);
    const results = await session.run({ image: { dtype: 'float32', shape: [1, 3, 64, 64], data: planar } });
    await session.close();
    for (const layer of layers) {
      const data = results[layer]!.data as Float32Array;
      const sampled = data.filter((_, i) => i % 37 === 0);
      expect(relativeError(sampled, expected(`${network}/${layer}/every37`)), layer).toBeLessThan(1e-5);
      const norm = Math.sqrt(data.reduce((s, v) => s + v * v, 0));
      expect(Math.abs(norm / expected(`${network}/${layer}/norm`)[0]! - 1), layer).toBeLessThan(1e-5);
    }
  });

  test.each(['source', 'paper', 'relative'] as const)(
    '%s losses and their pixel gradient equal PyTorch',
    async (name) => {
      const config = configOf(name);
      const graph = new Graph();
      const loss = vgg(graph, config.network, weightsOf(config.network));
      const weights = weightsFor(config);
      const shape = [2, 3, 32, 32];
      const generated = graph.input('generated', shape);
      const content = graph.input('content', shape);
      const grams = styleGrams(loss, graph.input('style', STYLE_SHAPE), layersOf(weights));
      const parts = perceptualLoss(loss, generated, content, grams, weights);
      for (const [part, value] of parts.raw) graph.output(part, value);
      graph.output('total', parts.total);
      graph.output('grad', gradients(parts.total, [generated])[0]!);
      const session = await openSession(toModel(graph), cpu);
      const results = await session.run({
        generated: pixels(shape, 11),
        content: pixels(shape, 12),
        style: pixels(STYLE_SHAPE, 13),
      });
      await session.close();
      expect(Object.keys(results).sort()).toEqual(
        ['total', 'grad', 'tv', 'content/relu3_3', 'style/relu1_2', 'style/relu2_2', 'style/relu3_3'].sort(),
      );
      for (const [part, value] of Object.entries(results)) {
        const limit = part === 'grad' ? 1e-4 : 1e-5;
        expect(
          relativeError(value.data as Float32Array, expected(`losses/${name}/${part}`)),
          part,
        ).toBeLessThan(limit);
      }
    },
  );

  test('pixel loss equals PyTorch', async () => {
    const graph = new Graph();
    const shape = [2, 3, 32, 32];
    graph.output('loss', pixelLoss(graph.input('a', shape), graph.input('b', shape)));
    const session = await openSession(toModel(graph), cpu);
    const { loss } = await session.run({ a: pixels(shape, 11), b: pixels(shape, 12) });
    await session.close();
    expect(relativeError(loss!.data as Float32Array, expected('losses/pixel'))).toBeLessThan(1e-5);
  });

  test.each(ARCHITECTURES)('%s: gradients of the whole training loss equal PyTorch', async (architecture) => {
    const { graph, feeds } = trainingLoss(architecture);
    const session = await openSession(toModel(graph), cpu);
    const results = await session.run(feeds);
    await session.close();
    const zero = new Set(JSON.parse(golden.metadata[`zero_${architecture}`]!) as string[]);
    const trained = parameterSpecs(architecture, GOLDEN_WIDTH).filter(isTrained);
    const norm = (data: ArrayLike<number>) => Math.sqrt(Array.from(data).reduce((s, v) => s + v * v, 0));
    const largest = Math.max(...trained.map((s) => norm(results[s.name]!.data as Float32Array)));
    let compared = 0;
    for (const { name } of trained) {
      const actual = results[name]!.data as Float32Array;
      // A shift that the next instance norm removes has no gradient: only rounding is left.
      if (zero.has(name)) expect(norm(actual), name).toBeLessThan(1e-3 * largest);
      else {
        expect(relativeError(actual, expected(`${architecture}/grad/${name}`)), name).toBeLessThan(1e-4);
        compared++;
      }
    }
    expect(compared).toBe(trained.length - zero.size);
    // ONNX Runtime adds the squares of the 2 x 512 x 512 Gram differences of `lengstrom`'s deep layers one after
    // another, in float32.
    expect(
      relativeError(results.total!.data as Float32Array, expected(`${architecture}/loss/total`)),
    ).toBeLessThan(architecture === 'lengstrom' ? 5e-5 : 1e-5);
  });

  test.each(['source', 'modern'] as const)('%s: ten steps of Adam equal PyTorch', async (architecture) => {
    const config = configOf(architecture);
    const shape = imageShape(architecture);
    const [batch, , size] = shape as [number, number, number];
    const style = pixels(STYLE_SHAPE, 13).data as Float32Array;
    const trainer = await openStyleTrainer({
      config: trainingConfig({
        name: 'golden',
        architecture,
        width: GOLDEN_WIDTH,
        batch,
        size,
        styleSize: 48,
        margin: 0,
        steps: 10,
        learningRate: 1e-3,
        outputRate: 1,
        schedule: 'constant',
        lossNetwork: config.network,
        normalisation: parseNormalisation(config.losses),
        styleLayers: config.styleLayers,
        contentLayers: [config.contentLayer],
        styleWeight: config.styleWeight,
        contentWeight: config.contentWeight,
        tvWeight: config.tvWeight,
      }),
      style: { width: 48, height: 48, data: style },
      lossNetwork: vggNetwork(config.network, weightsOf(config.network)),
      init: goldenParameters(architecture),
      openSession,
      session: cpu,
    });
    const content = goldenPictures(shape, imageSeed(architecture));
    const totals = [(await trainer.step(content, 0)).losses.total!];
    const first = await trainer.parameters();
    while (totals.length < 10) totals.push((await trainer.step(content, 0)).losses.total!);
    const last = await trainer.parameters();
    await trainer.close();
    expect(relativeError(totals, expected(`${architecture}/adam/losses`))).toBeLessThan(1e-4);

    // Adam's first step is rate g / (|g| + epsilon), whatever its moments.
    const start = goldenParameters(architecture);
    const zero = JSON.parse(golden.metadata[`zero_${architecture}`]!) as string[];
    const trained = parameterSpecs(architecture, GOLDEN_WIDTH).filter(({ name }) => !zero.includes(name));
    expect(trained.length).toBeGreaterThanOrEqual(16);
    for (const { name } of trained) {
      const gradient = expected(`${architecture}/grad/${name}`);
      const step = first.get(name)!.data.map((v, i) => start.get(name)!.data[i]! - v);
      const wanted = gradient.map((g) => (1e-3 * g) / (Math.abs(g) + 1e-8));
      expect(relativeError(step, wanted), name).toBeLessThan(1e-2);
    }

    // The ten steps of `source` magnify rounding, so that only their losses are golden.
    const finals = [...golden.tensors.keys()].filter((key) => key.startsWith(`${architecture}/adam/final/`));
    expect(finals).toHaveLength(architecture === 'modern' ? 42 : 0);
    for (const key of finals) {
      const name = key.slice(`${architecture}/adam/final/`.length);
      const { data } = last.get(name)!;
      const sampled = name.endsWith('.weight') ? data.filter((_, i) => i % 7 === 0) : data;
      expect(relativeError(sampled, expected(key)), name).toBeLessThan(1e-3);
    }
  });
});

const imageShape = (architecture: Architecture) =>
  JSON.parse(golden.metadata[`image_${architecture}`]!) as number[];
const imageSeed = (architecture: Architecture) => Number(golden.metadata[`image_seed_${architecture}`]);

/** The golden training loss and its gradients with respect to every trained parameter, as outputs of a graph. */
function trainingLoss(architecture: Architecture): { graph: Graph; feeds: Record<string, HostTensor> } {
  const config = configOf(architecture);
  const graph = new Graph();
  const shape = imageShape(architecture);
  const feeds: Record<string, HostTensor> = {
    content: pixels(shape, imageSeed(architecture)),
    style: pixels(STYLE_SHAPE, 13),
  };
  const content = graph.input('content', shape);
  const parameters = new Map<string, Tensor>();
  for (const [name, { shape, data }] of goldenParameters(architecture)) {
    parameters.set(name, graph.input(`in/${name}`, shape));
    feeds[`in/${name}`] = { dtype: 'float32', shape, data };
  }
  const loss = vgg(graph, config.network, weightsOf(config.network));
  const weights = weightsFor(config);
  const grams = styleGrams(loss, graph.input('style', STYLE_SHAPE), layersOf(weights));
  const { image } = transform(content, parameters, { architecture, mode: 'train' });
  const parts = perceptualLoss(loss, image, content, grams, weights);
  const trained = parameterSpecs(architecture, GOLDEN_WIDTH).filter(isTrained);
  const slopes = gradients(
    parts.total,
    trained.map((s) => parameters.get(s.name)!),
  );
  slopes.forEach((slope, i) => {
    graph.output(trained[i]!.name, slope);
  });
  graph.output('total', parts.total);
  // Inputs that only running statistics use are not part of the loss.
  graph.output('unused', scale([...parameters.values()].at(-1)!, 1));
  return { graph, feeds };
}
