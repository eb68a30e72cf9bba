import type { FloatTensor } from '../core/tensor.js';
import { Graph, toModel } from '../graph/index.js';
import { lossLayers, perceptualLoss } from '../losses/perceptual.js';
import { type StyleSource, styleTargets } from '../losses/style-targets.js';
import type { HostTensor } from '../runtime/session.js';
import { willUseGpu } from '../runtime/session.js';
import type { PixelObjectiveOptions } from './pixel-objective.js';

/** Options of `openPhotoObjective`. */
export type PhotoObjectiveOptions = Omit<PixelObjectiveOptions, 'content' | 'relative' | 'style'> & {
  /** Gives the style, or its Gram matrices as `styleTargets` computes them. */
  style: StyleSource | ReadonlyMap<string, FloatTensor>;
};

/** The objective of pictures that are made of photos, for one style and many photos. */
export interface PhotoObjective {
  /**
   * Of a picture made of a photo, and of the photo itself: both `[3, height, width]`, RGB 0..255. Costs one pass of the
   * loss network for each.
   */
  values(picture: Float32Array, photo: Float32Array): Promise<{ picture: number; photo: number }>;
  close(): Promise<void>;
}

/**
 * Opens the objective of a style for many photos of one size: the graph is built once, where `openPictureObjective`
 * builds one for each photo.
 *
 * @throws FnsError when the loss network lacks a layer.
 */
export async function openPhotoObjective(options: PhotoObjectiveOptions): Promise<PhotoObjective> {
  const { width, height, weights, style, lossNetwork, openSession, session: sessionOptions } = options;
  lossNetwork.requireLayers(lossLayers(weights));
  const layers = weights.style.map(({ layer }) => layer);
  const targets = style instanceof Map ? style : await styleTargets(style as StyleSource, layers, options);
  const graph = new Graph({ gpu: await willUseGpu(openSession, sessionOptions) });
  const shape = [1, 3, height, width];
  const [picture, photo] = [graph.input('picture', shape), graph.input('photo', shape)];
  const grams = new Map(
    layers.map((layer) => [layer, graph.input(`gram/${layer}`, targets.get(layer)!.shape)]),
  );
  const network = lossNetwork.inGraph(graph);
  // The features of the photo stand twice in the graph, and the runtime computes them once.
  graph.output('picture total', perceptualLoss(network, picture, photo, grams, weights).total);
  graph.output('photo total', perceptualLoss(network, photo, photo, grams, weights).total);
  const session = await openSession(toModel(graph), sessionOptions);
  const tensor = (value: FloatTensor): HostTensor => ({ dtype: 'float32', ...value });
  await session.writeState(
    Object.fromEntries(layers.map((layer) => [`gram/${layer}`, tensor(targets.get(layer)!)])),
  );
  return {
    async values(data, photoData) {
      const feeds = { picture: tensor({ shape, data }), photo: tensor({ shape, data: photoData }) };
      const results = await session.run(feeds);
      const total = (of: string) => Number(results[`${of} total`]!.data[0]);
      return { picture: total('picture'), photo: total('photo') };
    },
    close: () => session.close(),
  };
}
