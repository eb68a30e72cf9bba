import type { Planes } from '../core/planes.js';
import { add, Graph, gradients, scale, type Tensor, toModel } from '../graph/index.js';
import { contentLoss, pixelLoss } from '../losses/content.js';
import type { LossWeights } from '../losses/perceptual.js';
import { gramMatrix, styleLoss } from '../losses/style.js';
import { totalVariationLoss } from '../losses/total-variation.js';
import type { Evaluation } from '../minimise/minimiser.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { type HostTensor, type OpenSession, type SessionOptions, willUseGpu } from '../runtime/session.js';
import type { StyleSource } from '../train/style-target.js';

/** What a picture is optimised for. */
export interface PixelObjectiveOptions {
  /** Size of the picture. */
  width: number;
  height: number;
  weights: LossWeights;
  /** Divide each layer's loss by the mean square of its target, so that layers and pictures compare. Default false. */
  relative?: boolean;
  /** What gives the content (and the pixels, with a pixel loss): planes of the picture's size. Needed when these have a weight. */
  content?: Float32Array;
  /** What gives the style; needed when style layers have a weight. */
  style?: StyleSource;
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
 * Opens the objective of Gatys et al. 2016 (and of feature inversion and style reconstruction, where only content or only style has a weight): the
 * losses of the paper's section 3 for the pixels themselves. The targets are computed once.
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
  const targets = { ...(await contentTargets(options)), ...(await gramTargets(options)) };
  const graph = new Graph({ gpu: await willUseGpu(openSession, options.session) });
  const picture = graph.input('picture', [1, 3, height, width]);
  const network = lossNetwork.inGraph(graph);
  const features = layers.length > 0 ? network.features(picture, layers) : new Map<string, Tensor>();
  const target = (name: string) => graph.input(name, targets[name]!.shape);
  const weighted: Tensor[] = [];
  const names: string[] = [];
  const put = (name: string, loss: Tensor, weight: number) => {
    graph.output(`loss/${name}`, loss);
    names.push(name);
    weighted.push(scale(loss, weight));
  };
  const share = (name: string) =>
    options.relative ? 1 / meanSquare(targets[name]!.data as Float32Array) : 1;
  for (const { layer, weight } of weights.content) {
    const name = `features/${layer}`;
    put(`content/${layer}`, contentLoss(features.get(layer)!, target(name)), weight * share(name));
  }
  for (const { layer, weight } of weights.style) {
    const name = `gram/${layer}`;
    const loss = styleLoss(features.get(layer)!, target(name), weights.normalisation);
    put(`style/${layer}`, loss, weight * share(name));
  }
  if (weights.tv > 0) put('tv', totalVariationLoss(picture, weights.normalisation), weights.tv);
  if (weights.pixel) put('pixel', pixelLoss(picture, target('content')), weights.pixel);
  const [first, ...others] = weighted;
  if (!first) throw new Error('openPixelObjective: every weight is 0');
  const total = others.reduce((sum, part) => add(sum, part), first);
  graph.output('total', total);
  return { graph, picture, total, names, targets };
}

function meanSquare(data: Float32Array): number {
  return data.reduce((sum, v) => sum + v * v, 0) / data.length;
}

/** The content's features by their names in the graph, and the content itself where pixels are compared. */
async function contentTargets(options: PixelObjectiveOptions): Promise<Record<string, HostTensor>> {
  const { width, height, weights, content } = options;
  if (weights.content.length === 0 && !weights.pixel) return {};
  if (!content) throw new Error('openPixelObjective: the content is missing');
  const targets: Record<string, HostTensor> = {};
  if (weights.pixel) targets.content = { dtype: 'float32', shape: [1, 3, height, width], data: content };
  const layers = weights.content.map(({ layer }) => layer);
  if (layers.length === 0) return targets;
  return {
    ...targets,
    ...(await featuresOf(options, { width, height, data: content }, layers, (graph, layer, features) =>
      graph.output(`features/${layer}`, features),
    )),
  };
}

/** The style's Gram matrices `[1, C, C]` by their names in the graph, averaged by weight where there are several pictures. */
async function gramTargets(options: PixelObjectiveOptions): Promise<Record<string, HostTensor>> {
  const layers = options.weights.style.map(({ layer }) => layer);
  if (layers.length === 0) return {};
  if (!options.style) throw new Error('openPixelObjective: the style is missing');
  const parts = 'data' in options.style ? [{ image: options.style, weight: 1 }] : options.style;
  const sum = parts.reduce((total, { weight }) => total + weight, 0);
  const targets: Record<string, HostTensor> = {};
  for (const { image, weight } of parts) {
    const grams = await featuresOf(options, image, layers, (graph, layer, features) =>
      graph.output(`gram/${layer}`, gramMatrix(features)),
    );
    for (const layer of layers) {
      const name = `gram/${layer}`;
      const c = options.lossNetwork.channels(layer);
      const data = (targets[name]?.data as Float32Array | undefined) ?? new Float32Array(c * c);
      const own = grams[name]!.data as Float32Array;
      for (let i = 0; i < data.length; i++) data[i]! += (own[i]! * weight) / sum;
      targets[name] = { dtype: 'float32', shape: [1, c, c], data };
    }
  }
  return targets;
}

/** Runs the loss network once and returns what `output` asks of its layers. */
async function featuresOf(
  { lossNetwork, openSession, session }: PixelObjectiveOptions,
  { width, height, data }: Planes,
  layers: readonly string[],
  output: (graph: Graph, layer: string, features: Tensor) => void,
): Promise<Record<string, HostTensor>> {
  const graph = new Graph({ gpu: await willUseGpu(openSession, session) });
  const shape = [1, 3, height, width];
  const found = lossNetwork.inGraph(graph).features(graph.input('picture', shape), layers);
  for (const [layer, features] of found) output(graph, layer, features);
  const once = await openSession(toModel(graph), session);
  try {
    return await once.run({ picture: { dtype: 'float32', shape, data } });
  } finally {
    await once.close();
  }
}
