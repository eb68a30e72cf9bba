import { describe, expect, test } from 'vitest';
import * as g from '../../src/graph/index.js';
import { openSession } from '../../src/node/session.js';
import type { HostTensor } from '../../src/runtime/session.js';
import { readGolden, relativeError } from '../golden/read.js';
import { goldenValues } from '../golden/values.js';
import { testDevices } from '../runtime/devices.js';

interface Case {
  name: string;
  op: string;
  attrs: Record<string, number> & {
    shape: number[];
    perm: number[];
    axes: number[];
    keepdims: boolean;
    kernel: [number, number];
    strides: [number, number];
    dilations: [number, number];
    ceil: boolean;
    countPadding: boolean;
  } & g.Sides;
  inputs: number;
}

type T = g.Tensor;

/** Sides given as top, left, bottom, right. */
function sidesOf(pad: unknown): g.Sides {
  const [top, left, bottom, right] = pad as [number, number, number, number];
  return { top, left, bottom, right };
}

/** How each golden operator is called here. */
const OPERATORS: Record<string, (inputs: T[], attrs: Case['attrs']) => T> = {
  conv2d: ([x, w, bias], { stride, pad }) => g.conv2d(x!, w!, { bias, stride, pad }),
  convTranspose2d: ([x, w, bias], { stride, pad, outputPad }) =>
    g.convTranspose2d(x!, w!, { bias, stride, pad, outputPad }),
  reflectPad: ([x], sides) => g.reflectPad(x!, sides),
  edgePad: ([x], sides) => g.edgePad(x!, sides),
  zeroPad: ([x], sides) => g.zeroPad(x!, sides),
  crop: ([x], sides) => g.crop(x!, sides),
  slice: ([x], { axis, start, end }) => g.slice(x!, axis!, start!, end!),
  upsampleNearest: ([x], { scale }) => g.upsampleNearest(x!, scale!),
  depthToSpace: ([x], { block }) => g.depthToSpace(x!, block!),
  spaceToDepth: ([x], { block }) => g.spaceToDepth(x!, block!),
  maxPool2d: ([x], { kernel }) => g.maxPool2d(x!, Number(kernel)),
  avgPool2d: ([x], { kernel }) => g.avgPool2d(x!, Number(kernel)),
  instanceNorm: ([x, scale, shift], { eps }) => g.instanceNorm(x!, { epsilon: eps!, scale, shift }),
  batchNorm: ([x, scale, shift], { eps }) =>
    g.batchNorm(x!, { epsilon: eps!, scale: scale!, shift: shift! }).y,
  batchNormInference: ([x, scale, shift, mean, variance], { eps }) =>
    g.batchNormInference(x!, {
      epsilon: eps!,
      scale: scale!,
      shift: shift!,
      mean: mean!,
      variance: variance!,
    }),
  relu: ([x]) => g.relu(x!),
  tanh: ([x]) => g.tanh(x!),
  square: ([x]) => g.square(x!),
  sqrt: ([x]) => g.sqrt(x!),
  abs: ([x]) => g.abs(x!),
  exp: ([x]) => g.exp(x!),
  log: ([x]) => g.log(x!),
  scale: ([x], { factor }) => g.scale(x!, factor!),
  clip: ([x], { min, max }) => g.clip(x!, min!, max!),
  add: ([a, b]) => g.add(a!, b!),
  sub: ([a, b]) => g.sub(a!, b!),
  mul: ([a, b]) => g.mul(a!, b!),
  div: ([a, b]) => g.div(a!, b!),
  reshape: ([x], { shape }) => g.reshape(x!, shape),
  transpose: ([x], { perm }) => g.transpose(x!, perm),
  concat: (parts, { axis }) => g.concat(parts, axis!),
  matmul: ([a, b]) => g.matmul(a!, b!),
  sum: ([x], { axes, keepdims }) => g.sum(x!, { axes, keepDims: keepdims }),
  mean: ([x], { axes, keepdims }) => g.mean(x!, { axes, keepDims: keepdims }),
  sumOfSquares: ([x]) => g.sumOfSquares(x!),
  leakyRelu: ([x], { slope }) => g.leakyRelu(x!, slope!),
  sigmoid: ([x]) => g.sigmoid(x!),
  frozenConv2d: ([x], { out, kernel, group, pad, ...rest }) => {
    const shape = [out!, (x!.shape[1] as number) / group!, ...kernel];
    const count = shape.reduce((a, b) => a * b, 1);
    const weight = x!.graph.constant(goldenValues(count, 777), shape);
    const bias = x!.graph.constant(goldenValues(out!, 778), [out!]);
    return g.frozenConv2d(x!, weight, { ...rest, group: group!, bias, pad: sidesOf(pad) });
  },
  maxPoolWindows: ([x], { pad, ...rest }) => g.maxPoolWindows(x!, { ...rest, pad: sidesOf(pad) }),
  avgPoolWindows: ([x], { pad, countPadding, ...rest }) =>
    g.avgPoolWindows(x!, { ...rest, pad: sidesOf(pad) }, countPadding),
};

const golden = readGolden('ops');
const cases = JSON.parse(golden.metadata.cases!) as Case[];

describe.each(testDevices())('operators on $name equal PyTorch', ({ name: device, options }) => {
  test.each(cases.map((c) => [c.name, c] as const))('%s', async (_, { name, op, attrs, inputs }) => {
    const value = (what: string) => golden.tensors.get(`${name}/${what}`)!;
    const graph = new g.Graph({ gpu: device !== 'cpu' });
    const feeds: Record<string, HostTensor> = {};
    const feed = (what: string): T => {
      const { shape, data } = value(what);
      feeds[what] = { dtype: 'float32', shape, data };
      return graph.input(what, shape);
    };
    const xs = Array.from({ length: inputs }, (_, i) => feed(`in${i}`));
    const y = OPERATORS[op]!(xs, attrs);
    expect(y.shape).toEqual(value('y').shape);
    graph.output('y', y);
    // Running statistics are constants of training: the others are differentiated.
    const targets = xs
      .filter((_, i) => golden.tensors.has(`${name}/grad${i}`))
      .slice(0, op === 'batchNormInference' ? 3 : undefined);
    const gradients = g.gradients(g.sum(g.mul(y, feed('gy'))), targets);
    gradients.forEach((gradient, i) => {
      graph.output(`grad${i}`, gradient);
    });
    const session = await openSession(g.toModel(graph), options);
    try {
      const results = await session.run(feeds);
      for (const [what, result] of Object.entries(results)) {
        expect(relativeError(result.data as Float32Array, value(what).data), what).toBeLessThan(1e-4);
      }
      expect(Object.keys(results)).toHaveLength(targets.length + 1);
    } finally {
      await session.close();
    }
  });
});
