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

/** `condition ? 1 : 0` as float32, of x's shape; without a gradient. */
export function indicator(type: 'Greater' | 'Less' | 'Equal', x: Tensor, y: Tensor): Tensor {
  const condition = x.graph.node(type, [x, y], x.shape, { dtype: 'bool' });
  return x.graph.node('Cast', [condition], x.shape, { dtype: 'float32', attributes: { to: { int: 1 } } });
}

function unary(operator: string, type: string, x: Tensor): Tensor {
  requireFloat(operator, 'the argument', x);
  return x.graph.node(type, [x], x.shape);
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

/** The square root. Gradient: dy / (2 y); infinite at 0. */
export function sqrt(x: Tensor): Tensor {
  return x.graph.operator(
    'sqrt',
    [x],
    () => unary('sqrt', 'Sqrt', x),
    (dy, y) => [div(scale(dy, 0.5), y)],
  );
}

/** The exponential. Gradient: y dy. */
export function exp(x: Tensor): Tensor {
  return x.graph.operator(
    'exp',
    [x],
    () => unary('exp', 'Exp', x),
    (dy, y) => [mul(dy, y)],
  );
}

/** The natural logarithm. Gradient: dy / x. */
export function log(x: Tensor): Tensor {
  return x.graph.operator(
    'log',
    [x],
    () => unary('log', 'Log', x),
    (dy) => [div(dy, x)],
  );
}

/** The absolute value. Gradient: sign(x) dy, with sign(0) = 0 (ONNX's Sign has no WebGPU kernel). */
export function abs(x: Tensor): Tensor {
  return x.graph.operator(
    'abs',
    [x],
    () => unary('abs', 'Abs', x),
    (dy) => {
      const zero = x.graph.scalar(0);
      return [mul(dy, sub(indicator('Greater', x, zero), indicator('Less', x, zero)))];
    },
  );
}

/** max(x, 0). Gradient: dy where y > 0. */
export function relu(x: Tensor): Tensor {
  return x.graph.operator(
    'relu',
    [x],
    () => unary('relu', 'Relu', x),
    (dy, y) => [mul(dy, indicator('Greater', y, x.graph.scalar(0)))],
  );
}

/** x where x > 0, else slope * x. Gradient: dy or slope * dy alike. */
export function leakyRelu(x: Tensor, slope: number): Tensor {
  requireFloat('leakyRelu', 'the argument', x);
  const g = x.graph;
  return g.operator(
    'leakyRelu',
    [x],
    () => g.node('LeakyRelu', [x], x.shape, { attributes: { alpha: { float: slope } } }),
    (dy) => {
      const positive = indicator('Greater', x, g.scalar(0));
      return [mul(dy, add(scale(positive, 1 - slope), g.scalar(slope)))];
    },
  );
}

/** 1 / (1 + exp(-x)). Gradient: dy y (1 - y). */
export function sigmoid(x: Tensor): Tensor {
  return x.graph.operator(
    'sigmoid',
    [x],
    () => unary('sigmoid', 'Sigmoid', x),
    (dy, y) => [mul(dy, mul(y, sub(x.graph.scalar(1), y)))],
  );
}

/** The hyperbolic tangent. Gradient: dy (1 - y^2). */
export function tanh(x: Tensor): Tensor {
  return x.graph.operator(
    'tanh',
    [x],
    () => unary('tanh', 'Tanh', x),
    (dy, y) => [mul(dy, sub(x.graph.scalar(1), mul(y, y)))],
  );
}

/** x limited to [min, max]. Gradient: dy where min <= x <= max. */
export function clip(x: Tensor, min: number, max: number): Tensor {
  requireFloat('clip', 'the argument', x);
  if (!(min <= max)) throw new GraphError(`clip: min must be at most max, got ${min} and ${max}`);
  const g = x.graph;
  return g.operator(
    'clip',
    [x],
    () => g.node('Clip', [x, g.scalar(min), g.scalar(max)], x.shape),
    (dy, y) => [mul(dy, indicator('Equal', x, y))],
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
