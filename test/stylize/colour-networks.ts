/** Small networks of "other projects": they change colours only, so that what they should draw is known. */
import {
  add,
  clip,
  conv2d,
  type Dim,
  Graph,
  instanceNorm,
  mul,
  sub,
  symbol,
  type Tensor,
  toModel,
} from '../../src/graph/index.js';
import { ModelProto } from '../../src/graph/onnx-schema.js';

/** Each channel of the picture as a sum of those of the photo: red weighs most, as in networks trained with VGG. */
const COLOURS = [
  [0.6, 0.3, 0.05],
  [0.45, 0.4, 0.1],
  [0.3, 0.1, 0.25],
];
const LIGHT = [10, -20, 40];

/** How a network is made. */
export interface ColourNetwork {
  /** Red first by default. */
  blueFirst?: boolean;
  /** 255 by default. */
  range?: 255 | 1 | -1;
  /** Nothing undoes the scale of the picture by default; with a norm only the result tells the range. */
  norm?: boolean;
  /** Subtracts ImageNet's means from the picture, and adds them to the result. */
  means?: boolean;
  /** Of the file. */
  metadata?: Record<string, string>;
  doc?: string;
  size?: { width: number; height: number };
}

/**
 * The bytes of a network that gives `clip(COLOURS x + LIGHT)` of the photo x in RGB 0..255, whatever it wants its pixels
 * to be. With `norm` x is normalised first, to deviation 60 around 128.
 */
export function colourNetwork(options: ColourNetwork = {}): Uint8Array {
  const { blueFirst = false, range = 255, norm, means, metadata, doc, size } = options;
  const graph = new Graph();
  const sides: Dim[] = size ? [size.height, size.width] : [symbol('H'), symbol('W')];
  let x: Tensor = graph.input('input', [1, 3, ...sides]);
  const order = blueFirst ? [2, 1, 0] : [0, 1, 2];
  const constant = (values: number[]) =>
    graph.constant(
      Float32Array.from(order, (c) => values[c]!),
      [1, 3, 1, 1],
    );
  const imageNet = constant([123.68, 116.779, 103.939]);
  if (means) x = add(sub(x, imageNet), imageNet);
  const [scale, shift] = range === -1 ? [127.5, 127.5] : [255 / range, 0];
  const times = (t: Tensor, factor: number) => mul(t, graph.scalar(factor));
  const plus = (t: Tensor, term: number) => add(t, graph.scalar(term));
  let pixels = range === 255 ? x : plus(times(x, scale!), shift!);
  if (norm) pixels = plus(times(instanceNorm(pixels, { epsilon: 1e-5, form: 'fused' }), 60), 128);
  const weight = graph.constant(
    Float32Array.from(order.flatMap((to) => order.map((from) => COLOURS[to]![from]!))),
    [3, 3, 1, 1],
  );
  const coloured = clip(add(conv2d(pixels, weight), constant(LIGHT)), 0, 255);
  graph.output('output', range === 255 ? coloured : times(plus(coloured, -shift!), 1 / scale!));
  const bytes = toModel(graph, metadata);
  if (doc === undefined) return bytes;
  const model = ModelProto.toObject(ModelProto.decode(bytes), { arrays: true });
  model.graph.input[0].docString = doc;
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}
