import { describe, expect, test } from 'vitest';
import * as g from '../../src/graph/index.js';
import { openSession } from '../../src/node/session.js';
import type { HostTensor, SessionOptions } from '../../src/runtime/session.js';
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
  moveAffine: ([x, map]) => g.moveAffine(x!, map!),
};

const golden = readGolden('ops');
const cases = JSON.parse(golden.metadata.cases!) as Case[];

/** Cases that share a session: opening one costs more than most cases. */
const GROUP = 16;

/** One case as a part of its group's graph, whose values carry the case's name. */
function addCase(graph: g.Graph, { name, op, attrs, inputs }: Case, feeds: Record<string, HostTensor>): void {
  const feed = (what: string): T => {
    const { shape, data } = golden.tensors.get(`${name}/${what}`)!;
    feeds[`${name}/${what}`] = { dtype: 'float32', shape, data };
    return graph.input(`${name}/${what}`, shape);
  };
  const xs = Array.from({ length: inputs }, (_, i) => feed(`in${i}`));
  const y = OPERATORS[op]!(xs, attrs);
  expect(y.shape, name).toEqual(golden.tensors.get(`${name}/y`)!.shape);
  graph.output(`${name}/y`, y);
  // Running statistics are constants of training: the others are differentiated.
  const targets = xs
    .filter((_, i) => golden.tensors.has(`${name}/grad${i}`))
    .slice(0, op === 'batchNormInference' ? 3 : undefined);
  const gradients = g.gradients(g.sum(g.mul(y, feed('gy'))), targets);
  gradients.forEach((gradient, i) => {
    graph.output(`${name}/grad${i}`, gradient);
  });
  expect(targets, name).not.toHaveLength(0);
}

/** All values of a group of cases on one device. */
async function runGroup(
  group: readonly Case[],
  options: SessionOptions,
): Promise<Record<string, HostTensor>> {
  const graph = new g.Graph({ gpu: options.device !== 'cpu' });
  const feeds: Record<string, HostTensor> = {};
  for (const c of group) addCase(graph, c, feeds);
  const session = await openSession(g.toModel(graph), options);
  try {
    return await session.run(feeds);
  } finally {
    await session.close();
  }
}

describe.each(testDevices())('operators on $name equal PyTorch', ({ options }) => {
  const results = new Map<number, Promise<Record<string, HostTensor>>>();
  test.each(cases.map((c, i) => [c.name, i] as const))('%s', async (name, i) => {
    const start = i - (i % GROUP);
    if (!results.has(start)) results.set(start, runGroup(cases.slice(start, start + GROUP), options));
    const values = Object.entries(await results.get(start)!).filter(([key]) => key.startsWith(`${name}/`));
    const expected = [...golden.tensors.keys()].filter((key) => key.startsWith(`${name}/grad`));
    const constants = cases[i]!.op === 'batchNormInference' ? 2 : 0;
    expect(values).toHaveLength(expected.length - constants + 1);
    for (const [key, { data }] of values) {
      expect(relativeError(data as Float32Array, golden.tensors.get(key)!.data), key).toBeLessThan(1e-4);
    }
  });
});
