import { Graph, toModel } from '../graph/index.js';
import { pairLosses } from '../losses/pair-losses.js';
import type { LossNetwork } from '../nets/loss-network.js';
import type { OpenSession, Session, SessionOptions } from '../runtime/session.js';

/** The feature reconstruction loss between pictures, opened once for each size. */
export interface FeatureDistance {
  /** Of two pictures `[3, height, width]`, RGB 0..255, at relu2_2 of VGG16. */
  of(a: Float32Array, b: Float32Array, width: number, height: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * Opens the feature reconstruction loss at relu2_2 of VGG16 (`lossNetwork`), by which the paper trains its
 * super-resolution.
 */
export function featureDistance(
  lossNetwork: LossNetwork,
  openSession: OpenSession,
  options: SessionOptions,
): FeatureDistance {
  let opened: { size: string; session: Session } | undefined;
  const weights = {
    pixel: 0,
    features: [{ layer: 'relu2_2', weight: 1 }],
    tv: 0,
    checkerboard: 0,
    spectrum: 0,
  };
  return {
    async of(a, b, width, height) {
      const shape = [1, 3, height, width];
      if (opened?.size !== shape.join()) {
        await opened?.session.close();
        const graph = new Graph();
        const [generated, target] = [graph.input('a', shape), graph.input('b', shape)];
        const { total } = pairLosses(generated, target, weights, lossNetwork);
        graph.output('distance', total);
        opened = { size: shape.join(), session: await openSession(toModel(graph), options) };
      }
      const tensor = (data: Float32Array) => ({ dtype: 'float32' as const, shape, data });
      const { distance } = await opened.session.run({ a: tensor(a), b: tensor(b) });
      return Number(distance!.data[0]);
    },
    async close() {
      await opened?.session.close();
    },
  };
}
