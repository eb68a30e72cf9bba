import { expect, test } from 'vitest';
import { describeModel, Graph, mul, toModel } from '../../src/graph/index.js';

test('weights are read whole from a Uint8Array and from a Node Buffer that is part of a larger one', () => {
  const graph = new Graph();
  const values = Float32Array.of(1, 2, 3);
  const weight = graph.constant(values, [3], { name: 'w' });
  graph.output('y', mul(graph.input('x', [3]), weight));
  const model = toModel(graph);
  const pool = Buffer.alloc(model.length + 5);
  pool.set(model, 5);
  for (const bytes of [new Uint8Array(model), pool.subarray(5)]) {
    expect(describeModel(bytes).weights.get('w')!.data).toEqual(values);
  }
});
