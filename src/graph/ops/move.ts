/** Pictures moved by an affine map. */
import { shapeText } from '../dim.js';
import { GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import { add, div, mul, scale, sub } from './arithmetic.js';
import { abs, clip, relu } from './elementwise.js';
import { indicator } from './indicator.js';
import { reshape } from './reshape.js';
import { slice } from './slice.js';

/** Samples that may count for a place are at most so many rows and columns from the one nearest to it. */
const REACH = 2;
const SIDE = 2 * REACH + 1;

/** A place in a picture, its coordinates in pixels: tensors that broadcast to the picture's plane. */
interface Place {
  x: Tensor;
  y: Tensor;
}

/** The six numbers of an affine map, each a scalar: (x, y) goes to (a x + b y + c, d x + e y + f). */
interface Affine {
  a: Tensor;
  b: Tensor;
  c: Tensor;
  d: Tensor;
  e: Tensor;
  f: Tensor;
}

/**
 * The picture whose pixel at q is that of x at A q, between pixels by Keys' cubic (1981, a = -1/2), 0 beyond the border.
 * Coordinates are pixels right and down from the middle of the picture. The map may enlarge by a quarter at most, turns
 * included: the numbers of a row of A's inverse add up to 1.25 at most. Gradient of x: each pixel gathers from the
 * places that it went to, by the same weights. The map has no gradient.
 *
 * @param x `[N, C, H, W]`
 * @param map A, `[2, 3]`
 */
export function moveAffine(x: Tensor, map: Tensor): Tensor {
  requireRank('moveAffine', 'the input', x, 4, '[N, C, H, W]');
  return x.graph.operator(
    'moveAffine',
    [x, map],
    () => {
      const forth = affine(map);
      const grid = pixels(x);
      const from = mapped(forth, grid);
      // The sample s counts for q by its distance from A q.
      return gathered(x, from, (sample) => ({ x: sub(from.x, sample.x), y: sub(from.y, sample.y) }));
    },
    (dy) => {
      const forth = affine(map);
      const grid = pixels(x);
      const went = mapped(inverse(forth), grid);
      // The place q counts for p by the distance of A q from p.
      const far = (place: Place) => {
        const there = mapped(forth, place);
        return { x: sub(there.x, grid.x), y: sub(there.y, grid.y) };
      };
      return [gathered(dy, went, far), undefined];
    },
  );
}

/** 1 where a pixel of the moved picture comes from at least `border` pixels inside of x, else 0: `[1, 1, H, W]`. */
export function insideAfterMove(x: Tensor, map: Tensor, border: number): Tensor {
  const [, , h, w] = numericShape('insideAfterMove', x) as [number, number, number, number];
  return x.graph.unrecorded(() => {
    const from = mapped(affine(map), pixels(x));
    const within = (place: Tensor, size: number) =>
      indicator('Less', abs(place), x.graph.scalar((size - 1) / 2 - border));
    return reshape(mul(within(from.x, w), within(from.y, h)), [1, 1, h, w]);
  });
}

/**
 * For each pixel of a plane the sum of samples of x near a place, by their weights.
 *
 * @param centre the place of each pixel
 * @param distance of samples (coordinates from the middle) from where each of them would count whole
 */
function gathered(x: Tensor, centre: Place, distance: (sample: Place) => Place): Tensor {
  const g = x.graph;
  const shape = numericShape('moveAffine', x) as [number, number, number, number];
  const [n, c, h, w] = shape;
  const offsets = Array.from({ length: SIDE ** 2 }, (_, k) => k);
  const offset = (of: (k: number) => number) =>
    g.constant(
      Float32Array.from(offsets, (k) => of(k) - REACH),
      [SIDE ** 2, 1, 1],
    );
  /** The samples around each place, as indices from 0 on, whole but for those beyond the border. */
  const around = (place: Tensor, size: number, of: (k: number) => number) => {
    const nearest = floor(add(place, g.scalar((size - 1) / 2 + 0.5)));
    return add(nearest, offset(of));
  };
  const columns = around(centre.x, w, (k) => k % SIDE);
  const rows = around(centre.y, h, (k) => Math.floor(k / SIDE));
  const far = distance({
    x: sub(columns, g.scalar((w - 1) / 2)),
    y: sub(rows, g.scalar((h - 1) / 2)),
  });
  const [column, row] = [clip(columns, 0, w - 1), clip(rows, 0, h - 1)];
  const isThere = mul(indicator('Equal', column, columns), indicator('Equal', row, rows));
  const weights = mul(mul(cubic(far.x), cubic(far.y)), isThere);
  const index = add(scale(row, w), column);
  const flat = reshape(x, [n * c, h * w]);
  let total: Tensor | undefined;
  for (const k of offsets) {
    // WebGPU cuts no integers.
    const at = wholeNumbers(tap(index, k, [h * w]));
    const samples = g.node('Gather', [flat, at], [n * c, h * w], { attributes: { axis: { int: 1 } } });
    const part = mul(samples, tap(weights, k, [1, h * w]));
    total = total ? add(total, part) : part;
  }
  return reshape(total!, shape);
}

/** Plane k of `[K, H, W]`, in another shape. */
function tap(planes: Tensor, k: number, shape: readonly number[]): Tensor {
  return reshape(slice(planes, 0, k, k + 1), shape);
}

/** Keys' cubic of each number: t^2 (1 - 2 t) of t = max(0, 1 - |d|), and u^2 (u - 1) / 2 of u = max(0, 2 - |d|). */
function cubic(distance: Tensor): Tensor {
  const g = distance.graph;
  const far = abs(distance);
  const near = relu(sub(g.scalar(1), far));
  const wide = relu(sub(g.scalar(2), far));
  const inner = mul(mul(near, near), sub(g.scalar(1), scale(near, 2)));
  return add(inner, mul(mul(wide, wide), scale(sub(wide, g.scalar(1)), 0.5)));
}

/** The places of the pixels of a plane: `[1, W]` and `[H, 1]`. */
function pixels(x: Tensor): Place {
  const [, , h, w] = numericShape('moveAffine', x) as [number, number, number, number];
  const line = (n: number, shape: readonly number[]) =>
    x.graph.constant(
      Float32Array.from({ length: n }, (_, i) => i - (n - 1) / 2),
      shape,
    );
  return { x: line(w, [1, w]), y: line(h, [h, 1]) };
}

function affine(map: Tensor): Affine {
  if (map.shape.join() !== '2,3') {
    throw new GraphError(`an affine map must be [2, 3], got ${shapeText(map.shape)}`);
  }
  const at = (row: number, column: number) =>
    reshape(slice(slice(map, 0, row, row + 1), 1, column, column + 1), []);
  return { a: at(0, 0), b: at(0, 1), c: at(0, 2), d: at(1, 0), e: at(1, 1), f: at(1, 2) };
}

function inverse({ a, b, c, d, e, f }: Affine): Affine {
  const area = sub(mul(a, e), mul(b, d));
  const turned = { a: div(e, area), b: scale(div(b, area), -1), d: scale(div(d, area), -1), e: div(a, area) };
  const back = (across: Tensor, down: Tensor) => scale(add(mul(across, c), mul(down, f)), -1);
  return { ...turned, c: back(turned.a, turned.b), f: back(turned.d, turned.e) };
}

function mapped({ a, b, c, d, e, f }: Affine, { x, y }: Place): Place {
  const sum = (p: Tensor, q: Tensor, r: Tensor) => add(add(mul(p, x), mul(q, y)), r);
  return { x: sum(a, b, c), y: sum(d, e, f) };
}

function wholeNumbers(x: Tensor): Tensor {
  return x.graph.node('Cast', [x], x.shape, { dtype: 'int32', attributes: { to: { int: 6 } } });
}

function floor(x: Tensor): Tensor {
  return x.graph.node('Floor', [x], x.shape);
}
