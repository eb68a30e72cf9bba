import type { Planes } from './planes.js';
import { eachBand, putRows, type RowSource } from './row-source.js';
import type { FloatTensor } from './safetensors.js';

/** The input samples of each output sample: `taps` of them, at `indices`, by `weights`. */
interface Taps {
  taps: number;
  indices: Int32Array;
  weights: Float32Array;
}

/** Keys' cubic (1981) with a = -1/2. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t <= 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/** The sample that stands for sample `i` of `n` beyond the border: the picture mirrored with its edge repeated. */
function mirrored(i: number, n: number): number {
  const place = ((i % (2 * n)) + 2 * n) % (2 * n);
  return place < n ? place : 2 * n - 1 - place;
}

/** The samples and weights of bicubic resizing from `from` to `to` samples. */
function cubicTaps(from: number, to: number): Taps {
  const scale = to / from;
  const stretch = Math.min(1, scale);
  const support = 4 / stretch;
  const taps = Math.ceil(support) + 2;
  const indices = new Int32Array(to * taps);
  const weights = new Float32Array(to * taps);
  for (let o = 0; o < to; o++) {
    const centre = (o + 0.5) / scale - 0.5;
    const first = Math.floor(centre - support / 2);
    const row = Array.from({ length: taps }, (_, k) => cubic(stretch * (centre - first - k)));
    const sum = row.reduce((a, b) => a + b, 0);
    for (let k = 0; k < taps; k++) {
      indices[o * taps + k] = mirrored(first + k, from);
      weights[o * taps + k] = row[k]! / sum;
    }
  }
  return { taps, indices, weights };
}

/**
 * Resizes planes as MATLAB's `imresize` with its defaults does, which is what the super-resolution sets were made with:
 * Keys' cubic with a = -1/2, widened by the factor when the picture shrinks (antialiasing), pixel centres at
 * half-integers, the picture mirrored beyond its border. Not rounded.
 */
export function resizeBicubic(picture: Planes, width: number, height: number): Planes {
  return bicubicRows(picture, width, height)(0, height);
}

/** Rows start..end-1 of `resizeBicubic`, as a function. */
export function bicubicRows(
  picture: Planes,
  width: number,
  height: number,
): (start: number, end: number) => Planes {
  const down = cubicTaps(picture.height, height);
  const across = cubicTaps(picture.width, width);
  return (start, end) => resizeBand({ ...picture, first: 0 }, down, across, start, end);
}

/** `resizeBicubic` of a picture of which never more than some rows are in memory. */
export async function resizeBicubicSource(source: RowSource, width: number, height: number): Promise<Planes> {
  const down = cubicTaps(source.height, height);
  const across = cubicTaps(source.width, width);
  const planes = { width, height, data: new Float32Array(3 * width * height) };
  await eachBand(height, RESIZED_ROWS, async (start, end) => {
    const seen = down.indices.subarray(start * down.taps, end * down.taps);
    const first = seen.reduce((a, b) => Math.min(a, b));
    const rows = await source.read(first, seen.reduce((a, b) => Math.max(a, b)) + 1);
    putRows(planes, resizeBand({ ...rows, first }, down, across, start, end), start);
  });
  return planes;
}

/** Rows of the resized picture that are made at a time. */
const RESIZED_ROWS = 16;

/** Rows start..end-1 of the resized picture, from planes that hold the rows from `first` on of what is resized. */
function resizeBand(
  part: Planes & { first: number },
  down: Taps,
  across: Taps,
  start: number,
  end: number,
): Planes {
  const { data, first } = part;
  const channels = data.length / (part.width * part.height);
  const [width, height] = [across.indices.length / across.taps, end - start];
  const result = new Float32Array(channels * width * height);
  const row = new Float32Array(part.width);
  for (let c = 0; c < channels; c++) {
    const plane = c * part.width * part.height;
    for (let y = start; y < end; y++) {
      row.fill(0);
      for (let k = 0; k < down.taps; k++) {
        const weight = down.weights[y * down.taps + k]!;
        if (weight === 0) continue;
        const from = plane + (down.indices[y * down.taps + k]! - first) * part.width;
        for (let x = 0; x < part.width; x++) row[x]! += weight * data[from + x]!;
      }
      const to = (c * height + y - start) * width;
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let k = x * across.taps; k < (x + 1) * across.taps; k++) {
          sum += across.weights[k]! * row[across.indices[k]!]!;
        }
        result[to + x] = sum;
      }
    }
  }
  return { width, height, data: result };
}

/** A Gaussian blur of planes, cut off at four sigma, the picture mirrored beyond its border. */
export function gaussianBlur({ width, height, data }: Planes, sigma: number): Planes {
  const radius = Math.ceil(4 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.exp(-((k - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((a, b) => a + b, 0);
  const weights = Float32Array.from(kernel, (v) => v / sum);
  const channels = data.length / (width * height);
  const blurred = new Float32Array(data.length);
  const row = new Float32Array(width);
  for (let c = 0; c < channels; c++) {
    const plane = c * width * height;
    for (let y = 0; y < height; y++) {
      row.fill(0);
      weights.forEach((weight, k) => {
        const start = plane + mirrored(y + k - radius, height) * width;
        for (let x = 0; x < width; x++) row[x]! += weight * data[start + x]!;
      });
      for (let x = 0; x < width; x++) {
        let value = 0;
        for (let k = 0; k < weights.length; k++) {
          value += weights[k]! * row[mirrored(x + k - radius, width)]!;
        }
        blurred[plane + y * width + x] = value;
      }
    }
  }
  return { width, height, data: blurred };
}

/**
 * Bicubic enlargement by a whole factor as a convolution over the small picture, for a graph: the kernels
 * `[f * f, 1, 5, 5]` of the f x f pixels of each block (row-major), on a picture that is continued by 2 pixels on each
 * side.
 */
export function enlargementKernels(factor: number): FloatTensor {
  // Where between two samples each pixel of a block stands: its taps reach from two samples before to two after.
  const rows = Array.from({ length: factor }, (_, i) => {
    const centre = (i + 0.5) / factor - 0.5;
    return Array.from({ length: 5 }, (_, k) => cubic(centre - (k - 2)));
  });
  const data = rows.flatMap((down) =>
    rows.flatMap((across) => down.flatMap((a) => across.map((b) => a * b))),
  );
  return { shape: [factor * factor, 1, 5, 5], data: Float32Array.from(data) };
}
