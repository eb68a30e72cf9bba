import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/tensor.js';
import type { ParameterSpec } from '../nets/parameters.js';
import { type OptimizerName, optimizerOf } from '../optimizers/choice.js';
import type { HostTensor } from '../runtime/session.js';

/** The parts of the state of a training. */
export interface StartOptions {
  /** All parameters of the network's graph. */
  specs: readonly ParameterSpec[];
  /** Those that the training changes. */
  trained: readonly ParameterSpec[];
  optimizer?: OptimizerName;
  /** The parameters by name. */
  init: ReadonlyMap<string, FloatTensor>;
  /** Parameters and what the optimizers remember by name, to continue from instead. */
  resume?: ReadonlyMap<string, FloatTensor>;
}

/**
 * The state of a training before its first step: parameters and what the optimizers remember of them.
 *
 * @throws FnsError when something is missing or has another shape.
 */
export function startState({
  specs,
  trained,
  optimizer,
  init,
  resume,
}: StartOptions): Record<string, HostTensor> {
  const state: Record<string, HostTensor> = {};
  for (const { name, shape } of specs) {
    const value = (resume ?? init).get(name);
    if (!value) throw failure(`the network to start from has no parameter ${name}`);
    state[name] = checked(name, shape, value);
  }
  for (const spec of trained) {
    const { shape } = spec;
    for (const name of optimizerOf(spec, optimizer).slots(spec.name)) {
      const zeros = { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
      const value = resume ? resume.get(name) : zeros;
      if (!value) throw failure(`the state to continue from has no ${name}`);
      state[name] = checked(name, shape, value);
    }
  }
  return state;
}

/** A copy of a tensor of the shape that is needed. */
function checked(name: string, shape: number[], value: FloatTensor): HostTensor {
  requireShape(name, shape, value);
  return { dtype: 'float32', shape, data: value.data.slice() };
}

/**
 * Checks the shape of a tensor.
 *
 * @throws FnsError naming the tensor, its shape and the shape that is needed.
 */
export function requireShape(name: string, shape: readonly number[], tensor: FloatTensor): void {
  if (tensor.shape.join() === shape.join()) return;
  throw failure(`${name} is [${tensor.shape.join(', ')}] where [${shape.join(', ')}] is needed`);
}
