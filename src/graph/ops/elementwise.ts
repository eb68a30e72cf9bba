/** Functions of single numbers, applied to every element. */
import { GraphError, requireFloat, type Tensor } from '../graph.js';
import { add, div, mul, scale, sub } from './arithmetic.js';
import { indicator } from './indicator.js';

function unary(operator: string, type: string, x: Tensor): Tensor {
  requireFloat(operator, 'the argument', x);
  return x.graph.node(type, [x], x.shape);
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
