import type { FloatTensor } from '../core/tensor.js';
import { Graph, gradients, type Tensor, toModel } from '../graph/index.js';
import { contentLoss, pixelLoss } from '../losses/content.js';
import { contentTargets } from '../losses/layer-targets.js';
import type { LossWeights } from '../losses/perceptual.js';
import { styleLoss } from '../losses/style.js';
import { type StyleSource, styleTargets } from '../losses/style-targets.js';
import { totalVariationLoss } from '../losses/total-variation.js';
import { weightedSum } from '../losses/weighted-sum.js';
import type { Evaluation } from '../minimise/minimiser.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { type HostTensor, type OpenSession, type SessionOptions, willUseGpu } from '../runtime/session.js';

/** Options of the objective of a picture. */
export interface PixelObjectiveOptions {
  /** Size of the picture. */
  width: number;
  height: number;
  weights: LossWeights;
  /** Divide each layer's loss by the mean square of its target, so that layers and pictures compare. Default false. */
  relative?: boolean;
  /**
   * Gives the content (and the pixels, with a pixel loss): planes of the picture's size. Needed when these have a
   * weight.
   */
  content?: Float32Array;
  /**
   * Gives the style; needed when style layers have a weight. Of a style that is used again and again its Gram matrices,
   * as `styleTargets` computes them.
   */
  style?: StyleSource | ReadonlyMap<string, FloatTensor>;
  lossNetwork: LossNetwork;
  openSession: OpenSession;
  session?: SessionOptions;
}

/** The objective of a picture and its gradient to every pixel. */
export interface PixelObjective {
  /** At a picture `[3, height, width]`, RGB 0..255. */
  evaluate(picture: Float32Array): Promise<Evaluation<Float32Array> & { parts: Record<string, number> }>;
  close(): Promise<void>;
}

/**
 * Opens the objective of Gatys et al. 2016 (and of feature inversion and style reconstruction, where only content or
 * only style has a weight): the losses of the paper's section 3 for the pixels themselves. The targets are computed
 * once.
 *
 * @throws FnsError when the loss network lacks a layer.
 */
export async function openPixelObjective(options: PixelObjectiveOptions): Promise<PixelObjective> {
  const { width, height, openSession } = options;
  const { graph, picture, total, names, targets } = await objectiveGraph(options);
  graph.output('gradient', gradients(total, [picture])[0]!);
  const session = await openSession(toModel(graph), options.session);
  await session.writeState(targets);
  return {
    async evaluate(data) {
      const results = await session.run({
        picture: { dtype: 'float32', shape: [1, 3, height, width], data },
      });
      const value = (name: string) => Number(results[name]!.data[0]);
      return {
        value: value('total'),
        gradient: results.gradient!.data as Float32Array,
        parts: Object.fromEntries(names.map((name) => [name, value(`loss/${name}`)])),
      };
    },
    close: () => session.close(),
  };
}

/** The objective of a picture without its gradient, which takes a third of the time. */
export interface PictureObjective {
  /** Of a picture `[3, height, width]`, RGB 0..255. */
  value(picture: Float32Array): Promise<number>;
  close(): Promise<void>;
}

/**
 * Opens the objective of `openPixelObjective` without its gradient.
 *
 * @throws FnsError when the loss network lacks a layer.
 */
export async function openPictureObjective(options: PixelObjectiveOptions): Promise<PictureObjective> {
  const { width, height, openSession } = options;
  const { graph, targets } = await objectiveGraph(options);
  const session = await openSession(toModel(graph), options.session);
  await session.writeState(targets);
  return {
    async value(data) {
      const feeds = { picture: { dtype: 'float32' as const, shape: [1, 3, height, width], data } };
      const { total } = await session.run(feeds, ['total']);
      return Number(total!.data[0]);
    },
    close: () => session.close(),
  };
}

/** The graph of an objective, the names of its parts, and what its inputs but the picture are. */
async function objectiveGraph(options: PixelObjectiveOptions) {
  const { width, height, weights, lossNetwork, openSession } = options;
  const layers = [...weights.content, ...weights.style].map(({ layer }) => layer);
  if (layers.length > 0) lossNetwork.requireLayers(layers);
  const targets = await targetsOf(options);
  const graph = new Graph({ gpu: await willUseGpu(openSession, options.session) });
  const picture = graph.input('picture', [1, 3, height, width]);
  const network = lossNetwork.inGraph(graph);
  const features = layers.length > 0 ? network.features(picture, layers) : new Map<string, Tensor>();
  const target = (name: string) => graph.input(name, targets[name]!.shape);
  const share = (name: string) =>
    options.relative ? 1 / meanSquare(targets[name]!.data as Float32Array) : 1;
  const { total, raw } = weightedSum((put) => {
    const part: typeof put = (name, loss, weight) => {
      graph.output(`loss/${name}`, loss);
      put(name, loss, weight);
    };
    for (const { layer, weight } of weights.content) {
      const name = `features/${layer}`;
      const loss = contentLoss(features.get(layer)!, target(name), weights.normalisation);
      part(`content/${layer}`, loss, weight * share(name));
    }
    for (const { layer, weight } of weights.style) {
      const name = `gram/${layer}`;
      const loss = styleLoss(features.get(layer)!, target(name), weights.normalisation);
      part(`style/${layer}`, loss, weight * share(name));
    }
    if (weights.tv > 0) part('tv', totalVariationLoss(picture, weights.normalisation), weights.tv);
    if (weights.pixel)
      part('pixel', pixelLoss(picture, target('content'), weights.normalisation), weights.pixel);
  });
  graph.output('total', total);
  return { graph, picture, total, names: [...raw.keys()], targets };
}

function meanSquare(data: Float32Array): number {
  return data.reduce((sum, v) => sum + v * v, 0) / data.length;
}

/** The targets by their names in the graph: `content`, where pixels are compared, `features/LAYER` and `gram/LAYER`. */
async function targetsOf(options: PixelObjectiveOptions): Promise<Record<string, HostTensor>> {
  const { width, height, weights, content, style } = options;
  const targets: Record<string, HostTensor> = {};
  const put = (kind: string, found: ReadonlyMap<string, FloatTensor>) => {
    for (const [layer, tensor] of found) targets[`${kind}/${layer}`] = { dtype: 'float32', ...tensor };
  };
  const [contentLayers, styleLayers] = [weights.content, weights.style].map((of) => of.map((l) => l.layer));
  if (contentLayers!.length > 0 || weights.pixel) {
    if (!content) throw new Error('openPixelObjective: the content is missing');
    if (weights.pixel) targets.content = { dtype: 'float32', shape: [1, 3, height, width], data: content };
    const picture = { width, height, data: content };
    if (contentLayers!.length > 0) put('features', await contentTargets(picture, contentLayers!, options));
  }
  if (styleLayers!.length > 0) {
    if (!style) throw new Error('openPixelObjective: the style is missing');
    put(
      'gram',
      style instanceof Map ? style : await styleTargets(style as StyleSource, styleLayers!, options),
    );
  }
  return targets;
}
