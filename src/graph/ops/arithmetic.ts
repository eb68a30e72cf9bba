import { type Dim, type Shape, sameDim, sameShape, shapeText } from '../dim.js';
import { GraphError, requireFloat, type Tensor } from '../graph.js';
import { sumTo } from './sum.js';

/**
 * The shape of two shapes broadcast together, by ONNX's (NumPy's) rule.
 *
 * @throws GraphError when two axes differ and neither is 1.
 */
function broadcastShape(operator: string, a: Tensor, b: Tensor): Shape {
  const rank = Math.max(a.shape.length, b.shape.length);
  const shape: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const da = a.shape[a.shape.length - rank + i] ?? 1;
    const db = b.shape[b.shape.length - rank + i] ?? 1;
    if (!sameDim(da, db) && da !== 1 && db !== 1) {
      throw new GraphError(
        `${operator}: the shapes ${shapeText(a.shape)} and ${shapeText(b.shape)} do not broadcast`,
      );
    }
    shape.push(da === 1 ? db : da);
  }
  return shape;
}

function binary(operator: string, type: string, a: Tensor, b: Tensor): Tensor {
  requireFloat(operator, 'the first argument', a);
  requireFloat(operator, 'the second argument', b);
  return a.graph.node(type, [a, b], broadcastShape(operator, a, b));
}

/** `a + b`, broadcasting. Gradient: dy for both, summed over broadcast axes. */
export function add(a: Tensor, b: Tensor): Tensor {
  return a.graph.operator(
    'add',
    [a, b],
    () => binary('add', 'Add', a, b),
    (dy, _, [da, db]) => [da ? sumTo(dy, a.shape) : undefined, db ? sumTo(dy, b.shape) : undefined],
  );
}

/** `a - b`, broadcasting. Gradient: dy and -dy. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return a.graph.operator(
    'sub',
    [a, b],
    () => binary('sub', 'Sub', a, b),
    (dy, _, [da, db]) => [
      da ? sumTo(dy, a.shape) : undefined,
      db ? scale(sumTo(dy, b.shape), -1) : undefined,
    ],
  );
}

/** `a * b`, broadcasting. Gradient: dy * b and dy * a. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return a.graph.operator(
    'mul',
    [a, b],
    () => binary('mul', 'Mul', a, b),
    (dy, _, [da, db]) => [
      da ? sumTo(mul(dy, b), a.shape) : undefined,
      db ? sumTo(mul(dy, a), b.shape) : undefined,
    ],
  );
}

/** `a / b`, broadcasting. Gradient: dy / b and -dy * y / b. */
export function div(a: Tensor, b: Tensor): Tensor {
  return a.graph.operator(
    'div',
    [a, b],
    () => binary('div', 'Div', a, b),
    (dy, y, [da, db]) => {
      const quotient = div(dy, b);
      return [
        da ? sumTo(quotient, a.shape) : undefined,
        db ? scale(sumTo(mul(quotient, y), b.shape), -1) : undefined,
      ];
    },
  );
}

/** `factor * x` for a fixed number. Gradient: factor * dy. */
export function scale(x: Tensor, factor: number): Tensor {
  return x.graph.operator(
    'scale',
    [x],
    () => binary('scale', 'Mul', x, x.graph.scalar(factor)),
    (dy) => [scale(dy, factor)],
  );
}

/** `x * x`. Gradient: 2 x dy. */
export function square(x: Tensor): Tensor {
  return x.graph.operator(
    'square',
    [x],
    () => mul(x, x),
    (dy) => [scale(mul(dy, x), 2)],
  );
}

/**
 * Checks that two arguments have one shape.
 *
 * @throws GraphError otherwise.
 */
export function requireSameShape(operator: string, a: Tensor, b: Tensor): void {
  if (!sameShape(a.shape, b.shape)) {
    throw new GraphError(
      `${operator}: both arguments need one shape, got ${shapeText(a.shape)} and ${shapeText(b.shape)}`,
    );
  }
}
