import type { Graph, Tensor } from '../graph/index.js';

/** A frozen network in one graph. Its weights are constants, stored once however often `features` is called. */
export interface FeatureExtractor {
  /**
   * The layers asked for, by name, of pictures `[N, 3, H, W]`, RGB 0..255: `[N, C, h, w]` each. Computes no more than
   * they need.
   */
  features(image: Tensor, layers: readonly string[]): Map<string, Tensor>;
}

/** A trained network whose features pictures are compared by: VGG (`vggNetwork`) or any ONNX file (`onnxNetwork`). */
export interface LossNetwork {
  /** Its name: `vgg16`, or the name of a file. */
  readonly name: string;
  /** The layers that it has, from the first to the last. */
  layers(): string[];
  /**
   * Checks that it has layers.
   *
   * @throws FnsError naming the first that is missing.
   */
  requireLayers(layers: readonly string[]): void;
  /** The channels of a layer that it has. */
  channels(layer: string): number;
  /** The network in a graph. */
  inGraph(graph: Graph): FeatureExtractor;
}
