import { expect, test } from 'vitest';
import * as g from '../../src/graph/index.js';

const graph = new g.Graph();
const image = graph.input('image', [1, 3, 8, 8]);
const vector = graph.input('vector', [5]);
const ids = graph.input('ids', [1, 3, 8, 8], 'int64');
const weight = graph.input('weight', [4, 2, 3, 3]);
const fitting = graph.input('fitting', [4, 3, 3, 3]);

const cases: [string, () => unknown, RegExp][] = [
  [
    'conv2d channels',
    () => g.conv2d(image, weight),
    /^conv2d: the weight \[4, 2, 3, 3\] needs 2 input channels, got \[1, 3, 8, 8\]/,
  ],
  [
    'conv2d rank',
    () => g.conv2d(vector, weight),
    /^conv2d: the input must be \[N, Cin, H, W\], got the shape \[5\]/,
  ],
  [
    'conv2d stride',
    () => g.conv2d(image, fitting, { stride: 3 }),
    /^conv2d: the stride must be 1 or 2, got 3/,
  ],
  [
    'conv2d bias',
    () => g.conv2d(image, fitting, { bias: vector }),
    /^conv2d: the bias must be \[4\], got \[5\]/,
  ],
  [
    'conv2d kernel',
    () => g.conv2d(graph.input('tiny', [1, 3, 2, 2]), fitting),
    /^conv2d: the kernel 3x3 is larger than the padded input/,
  ],
  [
    'frozenConv2d groups',
    () => g.frozenConv2d(image, graph.constant(new Float32Array(18), [2, 1, 3, 3]), { group: 2 }),
    /^frozenConv2d: the weight \[2, 1, 3, 3\] in 2 groups needs 2 input channels, got \[1, 3, 8, 8\]/,
  ],
  [
    'frozenConv2d weight',
    () => g.frozenConv2d(image, fitting),
    /^frozenConv2d: the weight must be a constant/,
  ],
  [
    'maxPoolWindows',
    () => g.maxPoolWindows(image, { kernel: [9, 9], strides: [2, 2], pad: g.allSides(0) }),
    /^maxPool: the window 9x9 is larger than the padded input/,
  ],
  ['dtype', () => g.relu(ids), /^relu: the argument must be float32, got int64/],
  ['broadcast', () => g.add(image, vector), /^add: the shapes \[1, 3, 8, 8\] and \[5\] do not broadcast/],
  ['reshape', () => g.reshape(image, [5, 5]), /^reshape: \[1, 3, 8, 8\] has 192 elements, \[5, 5\] needs 25/],
  [
    'transpose',
    () => g.transpose(image, [0, 1, 1, 2]),
    /^transpose: perm must be a permutation of the 4 axes/,
  ],
  ['concat', () => g.concat([image, fitting], 1), /^concat: all shapes must agree but on axis 1/],
  ['slice', () => g.slice(image, 2, 4, 9), /^slice: axis 2 of \[1, 3, 8, 8\] has no range 4\.\.9/],
  [
    'crop',
    () => g.crop(image, g.allSides(4)),
    /^crop: cannot remove top 4, bottom 4, left 4, right 4 of \[1, 3, 8, 8\]/,
  ],
  [
    'reflectPad',
    () => g.reflectPad(image, g.allSides(8)),
    /^reflectPad: each side must be smaller than the image/,
  ],
  ['matmul', () => g.matmul(image, vector), /^matmul: \[\.\., A, B\] times \[\.\., B, C\] expected/],
  [
    'depthToSpace',
    () => g.depthToSpace(image, 2),
    /^depthToSpace: the channels of \[1, 3, 8, 8\] are no multiple of 4/,
  ],
  [
    'instanceNorm',
    () => g.instanceNorm(image, { epsilon: 1e-5, scale: vector }),
    /^instanceNorm: the scale must be \[3\], got \[5\]/,
  ],
  ['clip', () => g.clip(image, 1, 0), /^clip: min must be at most max/],
  ['sum', () => g.sum(image, { axes: [4] }), /^sum: no axis 4 in \[1, 3, 8, 8\]/],
  [
    'constant',
    () => graph.constant(new Float32Array(3), [2, 2]),
    /^constant: got 3 values for the shape \[2, 2\]/,
  ],
  ['name', () => graph.input('image', [1]), /the name image is used twice/],
  [
    'loss',
    () => g.gradients(image, [image]),
    /^gradients: the loss must be a scalar \[\], got \[1, 3, 8, 8\]/,
  ],
  [
    'independent',
    () => g.gradients(g.sum(image), [vector]),
    /^gradients: the loss does not depend on vector/,
  ],
  ['no output', () => g.toModel(new g.Graph()), /^toModel: the graph has no output/],
  [
    'symbols',
    () => g.conv2d(graph.input('odd', [1, 3, g.symbol('H'), 8]), fitting, { stride: 2 }),
    /^the size H-3 cannot be divided by 2$/,
  ],
];

test.each(cases)('%s: the error names the operator, what it got and what it needs', (_, call, message) => {
  expect(call).toThrow(message);
});
