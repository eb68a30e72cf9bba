import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import {
  add,
  conv2d,
  type Graph,
  GraphError,
  maxPool2d,
  mul,
  relu,
  reshape,
  scale,
  shapeText,
  sub,
  type Tensor,
} from '../graph/index.js';
import type { FeatureExtractor, LossNetwork } from './loss-network.js';
import { VGG_CHANNELS, type VggName, vggLayers } from './vgg-layers.js';

/** The means of ImageNet, which VGG subtracts from RGB 0..255 (Simonyan and Zisserman 2014). */
export const VGG_MEANS = [123.68, 116.779, 103.939] as const;

/** Options of a VGG network. */
export interface VggOptions {
  /**
   * Uniform noise in 0..1, `[N, 4096, h, w]` each, for the dropout after fc6 and fc7: half of the values become 0, the
   * others double. Without it dropout is the identity, as in every use but training the classifier.
   */
  dropoutNoise?: { fc6: Tensor; fc7: Tensor };
}

/** A frozen VGG network in one graph. */
export interface Vgg extends FeatureExtractor {
  /**
   * The layers asked for, by short name, of pictures `[N, 3, H, W]`, RGB 0..255. Computes up to the deepest of them:
   * `reluS_I` `[N, C, H / 2^(S-1), W / 2^(S-1)]`, `poolS`, and `fc6`, `fc7` `[N, 4096, h, w]` (convolutions), `fc8`
   * `[N, 1000]` (spatially squeezed when the picture is 224x224, otherwise `[N, 1000, h, w]`).
   */
  features(image: Tensor, layers: readonly string[], options?: VggOptions): Map<string, Tensor>;
}

/**
 * Makes a VGG network from its weights (`conv1_1.weight` `[64, 3, 3, 3]`, `conv1_1.bias`, ...; `fc6.weight` `[4096,
 * 512, 7, 7]`).
 */
export function vgg(graph: Graph, network: VggName, weights: ReadonlyMap<string, FloatTensor>): Vgg {
  const constants = new Map<string, Tensor>();
  const constant = (name: string): Tensor => {
    let tensor = constants.get(name);
    if (!tensor) {
      const value = weights.get(name);
      if (!value) throw missingLayer(network, name, weights);
      tensor = graph.constant(value.data, value.shape, { name: `${network}.${name}` });
      constants.set(name, tensor);
    }
    return tensor;
  };
  const conv = (x: Tensor, name: string, pad: number) =>
    conv2d(x, constant(`${name}.weight`), { bias: constant(`${name}.bias`), pad });

  return {
    features(image, layers, options = {}) {
      const known = vggLayers(network);
      const unknown = layers.find((l) => !known.includes(l));
      if (unknown !== undefined) throw new GraphError(`vgg: ${network} has no layer ${unknown}`);
      const last = Math.max(...layers.map((l) => known.indexOf(l)));
      const found = new Map<string, Tensor>();
      let x = subtractMeans(image);
      for (const layer of known.slice(0, last + 1)) {
        if (layer.startsWith('relu')) x = relu(conv(x, `conv${layer.slice(4)}`, 1));
        else if (layer.startsWith('pool')) x = maxPool2d(x, 2);
        else if (layer === 'fc8') x = squeeze(conv(x, 'fc8', 0));
        else x = dropout(relu(conv(x, layer, 0)), options.dropoutNoise?.[layer as 'fc6' | 'fc7']);
        if (layers.includes(layer)) found.set(layer, x);
      }
      return found;
    },
  };
}

/** Sets values to 0 where the noise is below 0.5 and doubles the others. */
function dropout(x: Tensor, noise: Tensor | undefined): Tensor {
  if (!noise) return x;
  const g = x.graph;
  const kept = g.node(
    'Cast',
    [g.node('GreaterOrEqual', [noise, g.scalar(0.5)], noise.shape, { dtype: 'bool' })],
    noise.shape,
    {
      dtype: 'float32',
      attributes: { to: { int: 1 } },
    },
  );
  return mul(x, scale(kept, 2));
}

function squeeze(x: Tensor): Tensor {
  const [n, c, h, w] = x.shape as number[];
  return h === 1 && w === 1 ? reshape(x, [n!, c!]) : x;
}

function missingLayer(network: VggName, name: string, weights: ReadonlyMap<string, FloatTensor>): Error {
  const layer = name.split('.')[0]!;
  const present = vggLayers(network).filter((l) => weights.has(`${l.replace('relu', 'conv')}.weight`));
  const deepest = present.at(-1)?.replace('relu', 'conv');
  return failure(
    `the ${network} weights have no ${layer}: ` +
      (deepest
        ? `they end at ${deepest}; choose layers up to there or a complete file`
        : 'they hold no VGG layer'),
    undefined,
    'no-weights',
  );
}

/**
 * Checks that weights reach all the layers asked for, and that they have VGG's shapes.
 *
 * @throws FnsError naming the first layer that is missing or misshapen.
 */
export function requireLayers(
  network: VggName,
  weights: ReadonlyMap<string, FloatTensor>,
  layers: readonly string[],
): void {
  const known = vggLayers(network);
  const last = Math.max(...layers.map((l) => known.indexOf(l)));
  let channels = 3;
  for (const layer of known.slice(0, last + 1)) {
    if (!layer.startsWith('relu')) continue;
    const name = `conv${layer.slice(4)}`;
    const weight = weights.get(`${name}.weight`);
    if (!weight || !weights.has(`${name}.bias`)) throw missingLayer(network, `${name}.weight`, weights);
    const out = VGG_CHANNELS[Number(layer[4]) - 1]!;
    const expected = [out, channels, 3, 3];
    if (shapeText(weight.shape) !== shapeText(expected)) {
      throw failure(
        `these are not ${network} weights: ${name}.weight is ${shapeText(weight.shape)}, expected ${shapeText(expected)}`,
      );
    }
    channels = out;
  }
}

/** VGG16 or VGG19 as a loss network, from its weights as `loadVggWeights` gives them. */
export function vggNetwork(name: VggName, weights: ReadonlyMap<string, FloatTensor>): LossNetwork {
  const weighted = (layer: string) => `${layer.replace('relu', 'conv')}.weight`;
  return {
    name,
    layers: () => {
      const known = vggLayers(name);
      const missing = known.findIndex((l) => !l.startsWith('pool') && !weights.has(weighted(l)));
      return missing < 0 ? known : known.slice(0, missing);
    },
    requireLayers: (layers) => requireLayers(name, weights, layers),
    channels: (layer) => {
      const known = vggLayers(name);
      const last = known.slice(0, known.indexOf(layer) + 1).findLast((l) => !l.startsWith('pool'))!;
      return weights.get(weighted(last))!.shape[0]!;
    },
    inGraph: (graph) => vgg(graph, name, weights),
  };
}

/** RGB 0..255 minus the means: what VGG and the transform networks start from. `[N, 3, H, W]` */
export function subtractMeans(image: Tensor): Tensor {
  return sub(image, image.graph.constant(Float32Array.from(VGG_MEANS), [1, 3, 1, 1]));
}

/** The inverse of `subtractMeans`. */
export function addMeans(x: Tensor): Tensor {
  return add(x, x.graph.constant(Float32Array.from(VGG_MEANS), [1, 3, 1, 1]));
}
