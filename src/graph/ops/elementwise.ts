import { type Dim, type Shape, sameDim, sameShape, shapeText } from '../dim.js';
import { GraphError, requireFloat, type Tensor } from '../graph.js';
import { reduceTo } from './reduce.js';

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

/** Elementwise node without a gradient rule: for use inside gradient rules. */
function times(a: Tensor, b: Tensor): Tensor {
  return binary('mul', 'Mul', a, b);
}

function negate(x: Tensor): Tensor {
  return times(x, x.graph.scalar(-1));
}

/** `condition ? 1 : 0` as float32, of x's shape. */
function indicator(type: 'Greater' | 'Less' | 'Equal', x: Tensor, y: Tensor): Tensor {
  const condition = x.graph.node(type, [x, y], x.shape, { dtype: 'bool' });
  return x.graph.node('Cast', [condition], x.shape, { dtype: 'float32', attributes: { to: { int: 1 } } });
}

/** `a + b`, broadcasting. Gradient: dy for both, summed over broadcast axes. */
export function add(a: Tensor, b: Tensor): Tensor {
  const y = binary('add', 'Add', a, b);
  return a.graph.record('add', [a, b], y, (dy, [da, db]) => [
    da ? reduceTo(dy, a.shape) : undefined,
    db ? reduceTo(dy, b.shape) : undefined,
  ]);
}

/** `a - b`, broadcasting. Gradient: dy and -dy. */
export function sub(a: Tensor, b: Tensor): Tensor {
  const y = binary('sub', 'Sub', a, b);
  return a.graph.record('sub', [a, b], y, (dy, [da, db]) => [
    da ? reduceTo(dy, a.shape) : undefined,
    db ? negate(reduceTo(dy, b.shape)) : undefined,
  ]);
}

/** `a * b`, broadcasting. Gradient: dy * b and dy * a. */
export function mul(a: Tensor, b: Tensor): Tensor {
  const y = times(a, b);
  return a.graph.record('mul', [a, b], y, (dy, [da, db]) => [
    da ? reduceTo(times(dy, b), a.shape) : undefined,
    db ? reduceTo(times(dy, a), b.shape) : undefined,
  ]);
}

/** `a / b`, broadcasting. Gradient: dy / b and -dy * y / b. */
export function div(a: Tensor, b: Tensor): Tensor {
  const y = binary('div', 'Div', a, b);
  return a.graph.record('div', [a, b], y, (dy, [da, db]) => {
    const quotient = binary('div', 'Div', dy, b);
    return [
      da ? reduceTo(quotient, a.shape) : undefined,
      db ? negate(reduceTo(times(quotient, y), b.shape)) : undefined,
    ];
  });
}

/** `factor * x` for a fixed number. Gradient: factor * dy. */
export function scale(x: Tensor, factor: number): Tensor {
  requireFloat('scale', 'the argument', x);
  const y = times(x, x.graph.scalar(factor));
  return x.graph.record('scale', [x], y, (dy) => [times(dy, x.graph.scalar(factor))]);
}

/** `x * x`. Gradient: 2 x dy. */
export function square(x: Tensor): Tensor {
  const y = times(x, x);
  return x.graph.record('square', [x], y, (dy) => [times(times(dy, x), x.graph.scalar(2))]);
}

/** The square root. Gradient: dy / (2 y); infinite at 0. */
export function sqrt(x: Tensor): Tensor {
  requireFloat('sqrt', 'the argument', x);
  const y = x.graph.node('Sqrt', [x], x.shape);
  return x.graph.record('sqrt', [x], y, (dy) => [binary('div', 'Div', times(dy, x.graph.scalar(0.5)), y)]);
}

/** The exponential. Gradient: y dy. */
export function exp(x: Tensor): Tensor {
  requireFloat('exp', 'the argument', x);
  const y = x.graph.node('Exp', [x], x.shape);
  return x.graph.record('exp', [x], y, (dy) => [times(dy, y)]);
}

/** The natural logarithm. Gradient: dy / x. */
export function log(x: Tensor): Tensor {
  requireFloat('log', 'the argument', x);
  const y = x.graph.node('Log', [x], x.shape);
  return x.graph.record('log', [x], y, (dy) => [binary('div', 'Div', dy, x)]);
}

/** The absolute value. Gradient: sign(x) dy, with sign(0) = 0 (ONNX's Sign has no WebGPU kernel). */
export function abs(x: Tensor): Tensor {
  requireFloat('abs', 'the argument', x);
  const y = x.graph.node('Abs', [x], x.shape);
  return x.graph.record('abs', [x], y, (dy) => {
    const zero = x.graph.scalar(0);
    const sign = binary('sub', 'Sub', indicator('Greater', x, zero), indicator('Less', x, zero));
    return [times(dy, sign)];
  });
}

/** max(x, 0). Gradient: dy where y > 0. */
export function relu(x: Tensor): Tensor {
  requireFloat('relu', 'the argument', x);
  const y = x.graph.node('Relu', [x], x.shape);
  return x.graph.record('relu', [x], y, (dy) => [times(dy, indicator('Greater', y, x.graph.scalar(0)))]);
}

/** x where x > 0, else slope * x. Gradient: dy or slope * dy alike. */
export function leakyRelu(x: Tensor, slope: number): Tensor {
  requireFloat('leakyRelu', 'the argument', x);
  const g = x.graph;
  const y = g.node('LeakyRelu', [x], x.shape, { attributes: { alpha: { float: slope } } });
  return g.record('leakyRelu', [x], y, (dy) => {
    const positive = indicator('Greater', x, g.scalar(0));
    return [times(dy, binary('add', 'Add', times(positive, g.scalar(1 - slope)), g.scalar(slope)))];
  });
}

/** 1 / (1 + exp(-x)). Gradient: dy y (1 - y). */
export function sigmoid(x: Tensor): Tensor {
  requireFloat('sigmoid', 'the argument', x);
  const y = x.graph.node('Sigmoid', [x], x.shape);
  return x.graph.record('sigmoid', [x], y, (dy) => [
    times(dy, times(y, binary('sub', 'Sub', x.graph.scalar(1), y))),
  ]);
}

/** The hyperbolic tangent. Gradient: dy (1 - y^2). */
export function tanh(x: Tensor): Tensor {
  requireFloat('tanh', 'the argument', x);
  const y = x.graph.node('Tanh', [x], x.shape);
  return x.graph.record('tanh', [x], y, (dy) => [
    times(dy, binary('sub', 'Sub', x.graph.scalar(1), times(y, y))),
  ]);
}

/** x limited to [min, max]. Gradient: dy where min <= x <= max. */
export function clip(x: Tensor, min: number, max: number): Tensor {
  requireFloat('clip', 'the argument', x);
  if (!(min <= max)) throw new GraphError(`clip: min must be at most max, got ${min} and ${max}`);
  const y = x.graph.node('Clip', [x, x.graph.scalar(min), x.graph.scalar(max)], x.shape);
  return x.graph.record('clip', [x], y, (dy) => [times(dy, indicator('Equal', x, y))]);
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
