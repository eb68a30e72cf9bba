/**
 * Exact rewritings of two layers that cost less arithmetic for the same result. The trained weights keep their usual
 * shape; the rewritten kernels are computed in the graph, and ONNX Runtime folds them to constants when the weights are
 * constants.
 */
import {
  allSides,
  concat,
  conv2d,
  crop,
  depthToSpace,
  edgePad,
  type Graph,
  matmul,
  relu,
  reshape,
  type Tensor,
  transpose,
  zeroPad,
} from '../graph/index.js';

/**
 * `conv2d(x, weight)` of stride 1 and no padding for few output channels: the 2x2 block of neighbouring output pixels
 * becomes four times as many channels of one convolution of stride 2, whose kernel is one larger and holds the weight
 * shifted by 0 or 1. A convolution with 3 output channels leaves 13 of 16 AVX-512 lanes idle; with 12 only 4. The
 * output's height and width must be even.
 *
 * @param x `[N, Cin, H, W]`, H - kh + 1 and W - kw + 1 even
 * @param weight `[Cout, Cin, kh, kw]`
 */
export function blockConv(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const kernels = blockKernels(weight);
  return depthToSpace(conv2d(x, kernels, { bias: bias && fourTimes(bias), stride: 2 }), 2);
}

/** A bias `[C]` for four phases of each channel, `[4 C]`. */
function fourTimes(bias: Tensor): Tensor {
  const [channels] = bias.shape as [number];
  return reshape(concat(Array(4).fill(reshape(bias, [channels, 1])), 1), [channels * 4]);
}

/** The kernel of `blockConv`: `[Cout, Cin, kh, kw]` to `[4 Cout, Cin, kh + 1, kw + 1]`. */
export function blockKernels(weight: Tensor): Tensor {
  const [co, ci, kh, kw] = weight.shape as [number, number, number, number];
  const shifted = [];
  for (const top of [0, 1]) {
    for (const left of [0, 1]) {
      const kernel = zeroPad(weight, { top, bottom: 1 - top, left, right: 1 - left });
      shifted.push(reshape(kernel, [co, 1, ci, kh + 1, kw + 1]));
    }
  }
  return reshape(concat(shifted, 1), [co * 4, ci, kh + 1, kw + 1]);
}

/**
 * How a 3-tap kernel over an enlarged picture falls on the low-resolution rows above and at a position, per output row
 * of a pair. `[row of the pair][low row][tap]`
 */
type Phases = readonly (readonly (readonly number[])[])[];

/** Nearest x2, then 3 taps: output rows 2g-1 and 2g see the low rows g-1 and g. */
const DOUBLED: Phases = [
  [
    [1, 1, 0],
    [0, 0, 1],
  ],
  [
    [1, 0, 0],
    [0, 1, 1],
  ],
];

/** Nearest x4, then 3 taps of stride 2: output rows 2g and 2g+1 see the low rows g-1 and g. */
const QUADRUPLED: Phases = [
  [
    [1, 0, 0],
    [0, 1, 1],
  ],
  [
    [0, 0, 0],
    [1, 1, 1],
  ],
];

/** The constant `[9, 16]` that turns a 3x3 kernel (u, v) into the 2x2 kernels (t, s) of the four phases (p, q). */
function phaseMatrix(graph: Graph, phases: Phases): Tensor {
  const matrix = new Float32Array(9 * 16);
  for (let p = 0; p < 2; p++)
    for (let q = 0; q < 2; q++)
      for (let t = 0; t < 2; t++)
        for (let s = 0; s < 2; s++)
          for (let u = 0; u < 3; u++)
            for (let v = 0; v < 3; v++)
              matrix[(u * 3 + v) * 16 + ((p * 2 + q) * 2 + t) * 2 + s] =
                phases[p]![t]![u]! * phases[q]![s]![v]!;
  return graph.constant(matrix, [9, 16]);
}

/** `[Cout, Cin, 3, 3]` to the four phases as channels, `[4 Cout, Cin, 2, 2]`. */
function phaseKernels(weight: Tensor, phases: Phases): Tensor {
  const [co, ci] = weight.shape as [number, number];
  const taps = matmul(reshape(weight, [co * ci, 9]), phaseMatrix(weight.graph, phases));
  return reshape(transpose(reshape(taps, [co, ci, 4, 4]), [0, 2, 1, 3]), [co * 4, ci, 2, 2]);
}

/**
 * Nearest upsampling by 2, reflection by 1, 3x3 convolution: `[N, Cin, H, W]` to `[N, Cout, 2 H, 2 W]`. Computed as one
 * 2x2 convolution to four phases on the low-resolution grid (4 multiply-adds instead of 9), the phases interleaved.
 * Reflection of the doubled picture is repetition of the edge of the small one.
 */
export function upsampleConv(x: Tensor, weight: Tensor): Tensor {
  return upsampleContinued(edgePad(x, allSides(1)), weight);
}

/**
 * `upsampleConv` of what is continued already, by one pixel on each side.
 *
 * @param bias `[Cout]`; with it a ReLU follows
 */
export function upsampleContinued(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const phases = conv2d(x, upsampleKernels(weight), { bias: bias && fourTimes(bias) });
  return crop(depthToSpace(bias ? relu(phases) : phases, 2), allSides(1));
}

/** `upsampleContinued`, not interleaved: the four `[1, Cout, H, W]` of even and odd rows and columns. */
export function upsamplePhases(x: Tensor, weight: Tensor): Tensor[] {
  const [, , h, w] = x.shape as [number, number, number, number];
  const phases = conv2d(x, upsampleKernels(weight));
  const g = x.graph;
  return [0, 1, 2, 3].map((phase) => {
    // The first of each pair of rows is one below its place on the grid, as are columns.
    const [top, left] = [phase < 2 ? 1 : 0, phase % 2 === 0 ? 1 : 0];
    const shape = [1, weight.shape[0]!, h - 2, w - 2];
    const ends = g.ints([4 * (weight.shape[0] as number), top + h - 2, left + w - 2]);
    return g.node(
      'Slice',
      [phases, g.ints([phase, top, left]), ends, g.ints([1, 2, 3]), g.ints([4, 1, 1])],
      shape,
    );
  });
}

/** The kernel of `upsampleConv`: `[Cout, Cin, 3, 3]` to the four phases, `[4 Cout, Cin, 2, 2]`. */
export function upsampleKernels(weight: Tensor): Tensor {
  return phaseKernels(weight, DOUBLED);
}

/**
 * Nearest upsampling by 4, reflection by 1, 3x3 convolution of stride 2 (the source's `resize_conv2d`):
 * `[N, Cin, H, W]` to `[N, Cout, 2 H, 2 W]`, computed as in `upsampleConv`.
 */
export function upsampleStridedConv(x: Tensor, weight: Tensor): Tensor {
  const padded = edgePad(x, { top: 1, left: 1, bottom: 0, right: 0 });
  return depthToSpace(conv2d(padded, phaseKernels(weight, QUADRUPLED)), 2);
}
