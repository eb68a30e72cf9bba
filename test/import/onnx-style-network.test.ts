import { describe, expect, test } from 'vitest';
import { ModelProto } from '../../src/graph/onnx-schema.js';
import { importStyle } from '../../src/import/import-style.js';
import { goldenFile } from './golden-networks.js';

interface Node {
  opType: string;
  input: string[];
  output: string[];
  attribute: {
    name: string;
    i?: number;
    f?: number;
    s?: Uint8Array;
    ints?: number[];
    floats?: number[];
    t?: object;
  }[];
}

/** A golden file with its nodes changed. */
function changed(file: string, change: (nodes: Node[]) => Node[] | undefined): Uint8Array {
  const model = ModelProto.toObject(ModelProto.decode(goldenFile(file)), { arrays: true });
  model.graph.node = change(model.graph.node) ?? model.graph.node;
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

const of = (nodes: Node[], type: string, n = 0) => nodes.filter((node) => node.opType === type).at(n)!;
const text = (value: string) => new TextEncoder().encode(value);
const parameters = importStyle(goldenFile('zip.pth')).parameters;

describe('the same network however it was exported', () => {
  test.each<[string, Uint8Array]>([
    ['opset 9', goldenFile('opset9.onnx')],
    ['opset 11', goldenFile('opset11.onnx')],
    [
      'opset 8: the factors of Upsample as an attribute',
      changed('opset9.onnx', (nodes) => {
        for (const node of nodes.filter((n) => n.opType === 'Upsample')) {
          node.input.pop();
          node.attribute.push({ name: 'scales', floats: [1, 1, 2, 2] });
        }
      }),
    ],
    [
      'copies in between',
      changed('opset9.onnx', (nodes) =>
        nodes.flatMap((node) => {
          if (node.opType !== 'Relu') return [node];
          const [name] = node.output as [string];
          const copy = { opType: 'Identity', input: [`${name}/original`], output: [name], attribute: [] };
          return [{ ...node, output: [`${name}/original`] }, copy];
        }),
      ),
    ],
    [
      'the sum of a residual block the other way round',
      changed('opset9.onnx', (nodes) => {
        for (const node of nodes.filter((n) => n.opType === 'Add')) node.input.reverse();
      }),
    ],
  ])('%s', (_, bytes) => {
    expect(importStyle(bytes).parameters).toEqual(parameters);
  });
});

describe('another network is refused by the first operator, from the output back, that does not fit', () => {
  test.each<[string, Uint8Array, string | RegExp]>([
    [
      'zeros instead of a reflection',
      changed('opset9.onnx', (nodes) => {
        of(nodes, 'Pad').attribute.find((a) => a.name === 'mode')!.s = text('constant');
      }),
      /is made by Pad, a reflection of 4 pixels was expected/,
    ],
    [
      'a narrower reflection',
      changed('opset9.onnx', (nodes) => {
        of(nodes, 'Pad', -1).attribute.find((a) => a.name === 'pads')!.ints = [0, 0, 3, 4, 0, 0, 4, 4];
      }),
      /is made by Pad, a reflection of 4 pixels was expected/,
    ],
    [
      'another stride',
      changed('opset9.onnx', (nodes) => {
        of(nodes, 'Conv', 1).attribute.find((a) => a.name === 'strides')!.ints = [1, 1];
      }),
      /is made by Conv, conv2, 3x3 of stride 2 without zeros around it, was expected/,
    ],
    [
      'another epsilon',
      changed('opset9.onnx', (nodes) => {
        of(nodes, 'InstanceNormalization').attribute.find((a) => a.name === 'epsilon')!.f = 1e-3;
      }),
      /an instance norm with epsilon 0.00001 instead of 0.001/,
    ],
    [
      'linear enlargement',
      changed('opset9.onnx', (nodes) => {
        of(nodes, 'Upsample').attribute.find((a) => a.name === 'mode')!.s = text('linear');
      }),
      /is made by Upsample, nearest enlargement by 2 was expected/,
    ],
    [
      'no residual connection',
      changed('opset9.onnx', (nodes) => {
        const sum = of(nodes, 'Add', 2);
        sum.input[1] = of(nodes, 'Relu').output[0]!;
      }),
      /is made by Add, res3 with its own input added was expected/,
    ],
    [
      'another activation',
      changed('opset9.onnx', (nodes) => {
        of(nodes, 'Relu', 3).opType = 'LeakyRelu';
      }),
      /is made by LeakyRelu, Relu was expected/,
    ],
    [
      'weights that the graph computes',
      changed('opset9.onnx', (nodes) => {
        of(nodes, 'Conv', 4).input[1] = of(nodes, 'Conv', 3).output[0]!;
      }),
      /a constant res1.conv2.conv2d.weight of res1.conv2 was expected/,
    ],
    [
      'a circle',
      changed('opset9.onnx', (nodes) => {
        const relu = of(nodes, 'Relu', -1);
        relu.opType = 'Identity';
        relu.input = [relu.output[0]!];
      }),
      /a graph without a circle was expected/,
    ],
    [
      'another class of network',
      ModelProto.encode(
        ModelProto.fromObject({
          graph: { node: [{ opType: 'Softmax', input: ['x'], output: ['y'] }], output: [{ name: 'y' }] },
        }),
      ).finish(),
      "x.onnx: not the pytorch/examples network: tensor 'y' is made by Softmax, the convolution deconv3 was expected",
    ],
  ])('%s', (_, bytes, reason) => {
    expect(() => importStyle(bytes, { label: 'x.onnx' })).toThrow(reason);
  });
});
