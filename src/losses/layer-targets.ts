import type { Planes } from '../core/planes.js';
import type { FloatTensor } from '../core/tensor.js';
import { Graph, type Tensor, toModel } from '../graph/index.js';
import type { FeatureExtractor, LossNetwork } from '../nets/loss-network.js';
import { type OpenSession, type SessionOptions, willUseGpu } from '../runtime/session.js';

/** Where targets are computed. */
export interface TargetOptions {
  lossNetwork: LossNetwork;
  openSession: OpenSession;
  session?: SessionOptions;
  /** The name of the picture in the graph. `picture` by default. */
  inputName?: string;
}

/** The features of a picture at layers of the loss network, by layer, `[1, C, h, w]`. */
export function contentTargets(
  picture: Planes,
  layers: readonly string[],
  options: TargetOptions,
): Promise<Map<string, FloatTensor>> {
  return layerTargets(picture, options, 'features', (network, image) => network.features(image, layers));
}

/**
 * Runs the loss network once on a picture.
 *
 * @param kind what the outputs' names begin with: `gram` gives `gram/relu1_2`
 * @param measure what is taken of each layer, by layer
 */
export async function layerTargets(
  { width, height, data }: Planes,
  { lossNetwork, openSession, session, inputName = 'picture' }: TargetOptions,
  kind: string,
  measure: (network: FeatureExtractor, image: Tensor) => Map<string, Tensor>,
): Promise<Map<string, FloatTensor>> {
  const graph = new Graph({ gpu: await willUseGpu(openSession, session) });
  const shape = [1, 3, height, width];
  const measured = measure(lossNetwork.inGraph(graph), graph.input(inputName, shape));
  for (const [layer, values] of measured) graph.output(`${kind}/${layer}`, values);
  const once = await openSession(toModel(graph), session);
  try {
    const results = await once.run({ [inputName]: { dtype: 'float32', shape, data } });
    return new Map(
      [...measured.keys()].map((layer) => {
        const { shape, data } = results[`${kind}/${layer}`]!;
        return [layer, { shape: [...shape], data: data as Float32Array }];
      }),
    );
  } finally {
    await once.close();
  }
}
