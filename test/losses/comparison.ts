import { Graph, gradients, type Tensor, toModel } from '../../src/graph/index.js';
import { openSession } from '../../src/node/session.js';

/** How a loss compares pictures `shape` with others: its value, and its gradient to the pictures. */
export function comparison(loss: (image: Tensor, target: Tensor) => Tensor, shape: number[]) {
  return async (picture: Float32Array, target: Float32Array) => {
    const graph = new Graph();
    const [a, b] = [graph.input('a', shape), graph.input('b', shape)];
    const value = loss(a, b);
    graph.output('loss', value);
    graph.output('gradient', gradients(value, [a])[0]!);
    const session = await openSession(toModel(graph), { device: 'cpu', threads: 1 });
    try {
      const tensor = (data: Float32Array) => ({ dtype: 'float32' as const, shape, data });
      const results = await session.run({ a: tensor(picture), b: tensor(target) });
      return { loss: Number(results.loss!.data[0]), gradient: results.gradient!.data as Float32Array };
    } finally {
      await session.close();
    }
  };
}
