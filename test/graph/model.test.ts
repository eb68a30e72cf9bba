import { expect, test } from 'vitest';
import { describeModel, Graph, mul, toModel } from '../../src/graph/index.js';
import { ModelProto } from '../../src/graph/onnx-schema.js';

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

test('weights in a file of their own are told apart from damaged ones; a 0 that was left out is a 0', () => {
  const bytes = (initializer: object[]) => {
    const attribute = [{ name: 'alpha', type: 1 }];
    const node = [{ opType: 'LeakyRelu', input: ['w'], output: ['y'], attribute }];
    return ModelProto.encode(ModelProto.fromObject({ graph: { node, initializer } })).finish();
  };
  const weight = { name: 'w', dims: [2], dataType: 1 };
  expect(() => describeModel(bytes([{ ...weight, dataLocation: 1 }]))).toThrow(/lies in another file/);
  expect(() => describeModel(bytes([weight]))).toThrow(/the weight w is damaged/);
  const { nodes } = describeModel(bytes([{ ...weight, floatData: [1, 2] }]));
  expect(nodes[0]!.attributes.get('alpha')).toBe(0);
});
