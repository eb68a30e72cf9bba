import { failure, usage } from '../core/errors.js';
import {
  ACTIVATIONS,
  conv2d,
  Graph,
  GraphError,
  importNetwork,
  type ModelDescription,
  type ModelValue,
  readModel,
  type Tensor,
  transpose,
} from '../graph/index.js';
import type { LossNetwork } from './loss-network.js';

/**
 * The pixels that a network takes. `imagenet`: RGB / 255 less (0.485, 0.456, 0.406), over (0.229, 0.224, 0.225). `vgg`,
 * also called `caffe`: BGR 0..255 less (103.939, 116.779, 123.68). `plain`: RGB 0..255. `unit`: RGB 0..1.
 */
export type LossInput = 'imagenet' | 'vgg' | 'plain' | 'unit';

/** All inputs, for checking what a user typed. */
export const LOSS_INPUTS: readonly LossInput[] = ['imagenet', 'vgg', 'plain', 'unit'];

/** The change of pixels 0..255: `factor * value - offset` for each channel of the input, in its order. */
const INPUTS: Record<LossInput, { bgr?: boolean; factor: number[]; offset: number[] }> = {
  imagenet: {
    factor: [0.229, 0.224, 0.225].map((deviation) => 1 / (255 * deviation)),
    offset: [0.485 / 0.229, 0.456 / 0.224, 0.406 / 0.225],
  },
  vgg: { bgr: true, factor: [1, 1, 1], offset: [103.939, 116.779, 123.68] },
  plain: { factor: [1, 1, 1], offset: [0, 0, 0] },
  unit: { factor: [1 / 255, 1 / 255, 1 / 255], offset: [0, 0, 0] },
};

/**
 * Reads the name of an input.
 *
 * @throws FnsError (usage) when it is unknown.
 */
export function parseLossInput(text: string): LossInput {
  const name = text === 'caffe' ? 'vgg' : text;
  const known = LOSS_INPUTS.find((input) => input === name);
  if (!known) {
    throw usage(`unknown input of a loss network '${text}': imagenet, vgg (caffe), plain or unit is needed`);
  }
  return known;
}

/** Options of `onnxNetwork`. */
export interface OnnxNetworkOptions {
  /** The name of the file. */
  name: string;
  /** `imagenet` by default. */
  input?: LossInput;
}

/** As many layers as an error lists. */
const MOST_NAMES = 16;

/** Sides of the picture that layers are tried with. */
const TRIED = 224;

/**
 * Reads the network of an ONNX file as a loss network: its layers are the tensors in the file, by their names. They are
 * rebuilt with this project's operators, from the layers asked for back to the picture, so that nothing after them
 * needs to be known, and for pictures of any size.
 *
 * @throws FnsError when the bytes are no ONNX network of pictures.
 */
export function onnxNetwork(
  bytes: Uint8Array,
  { name, input = 'imagenet' }: OnnxNetworkOptions,
): LossNetwork {
  const model = readModel(bytes, name);
  const picture = pictureInput(model, name);
  const channelsLast = picture.shape[1] !== 3 && picture.shape[3] === 3;
  const inGraph = (graph: Graph) => {
    const network = importNetwork(graph, model, picture.name);
    const adapted = inputAdapter(graph, input);
    const prepare = (image: Tensor) => {
      const ready = adapted(image);
      return channelsLast ? transpose(ready, [0, 2, 3, 1]) : ready;
    };
    return { network, prepare };
  };
  let surveyed: Map<string, Tensor | GraphError> | undefined;
  const survey = () => {
    if (!surveyed) {
      const graph = new Graph();
      const { network, prepare } = inGraph(graph);
      surveyed = network.survey(prepare(graph.input('image', [1, 3, TRIED, TRIED])));
    }
    return surveyed;
  };
  const isLayer = (found: Tensor | GraphError | undefined): found is Tensor =>
    found !== undefined && !(found instanceof GraphError) && found.shape.length === 4;

  const layers = () => [...survey()].filter(([, found]) => isLayer(found)).map(([layer]) => layer);
  return {
    name,
    layers,
    requireLayers(wanted) {
      for (const layer of wanted) {
        const found = survey().get(layer);
        if (isLayer(found)) continue;
        const usable = () => someNames(model, new Set(layers()));
        if (!found) throw usage(`unknown layer '${layer}' of ${name}: ${usable()}`);
        const why = found instanceof GraphError ? found.message : 'it has no height and width';
        throw failure(`the layer ${layer} of ${name} cannot be used: ${why}; ${usable()}`);
      }
    },
    channels: (layer) => (survey().get(layer) as Tensor).shape[1] as number,
    inGraph(graph) {
      const { network, prepare } = inGraph(graph);
      return {
        features(image, wanted) {
          try {
            return network.apply(prepare(image), wanted);
          } catch (error) {
            const [, , h, w] = image.shape;
            throw failure(`${name} cannot take pictures of ${w}x${h}: ${(error as Error).message}`, error);
          }
        },
      };
    },
  };
}

/** The input that is a picture. */
function pictureInput({ inputs }: ModelDescription, name: string): ModelValue {
  const fitting = inputs.filter(({ shape }) => shape.length === 4 || shape.length === 0);
  if (fitting.length !== 1) {
    const found = inputs.map((v) => `${v.name} [${v.shape.join(', ')}]`).join(', ') || 'none';
    throw failure(`${name} is no network of pictures: one input [N, 3, H, W] is needed, it has ${found}`);
  }
  return fitting[0]!;
}

/** Turns pixels RGB 0..255 into the network's: a convolution of single pixels. */
function inputAdapter(graph: Graph, input: LossInput): (image: Tensor) => Tensor {
  const { bgr = false, factor, offset } = INPUTS[input];
  if (input === 'plain') return (image) => image;
  const weight = new Float32Array(9);
  for (let c = 0; c < 3; c++) weight[3 * c + (bgr ? 2 - c : c)] = factor[c]!;
  const kernel = graph.constant(weight, [3, 3, 1, 1]);
  const bias = graph.constant(
    Float32Array.from(offset, (o) => -o),
    [3],
  );
  return (image) => conv2d(image, kernel, { bias });
}

/** Names of layers for an error: outputs of activations where there are some, from the first to the last. */
function someNames({ nodes }: ModelDescription, layers: ReadonlySet<string>): string {
  const usable = nodes.filter(({ outputs }) => layers.has(outputs[0] ?? ''));
  const activations = usable.filter(({ type }) => ACTIVATIONS.has(type));
  const names = (activations.length > 0 ? activations : usable).map(({ outputs }) => outputs[0]!);
  if (names.length === 0) return 'no layer of it can be used';
  const some =
    names.length <= MOST_NAMES
      ? names
      : Array.from(
          { length: MOST_NAMES },
          (_, i) => names[Math.round((i * (names.length - 1)) / (MOST_NAMES - 1))]!,
        );
  const more = names.length - some.length;
  return `layers that can be used: ${some.join(', ')}${more > 0 ? ` and ${more} between them` : ''}`;
}
