import { type Graph, gradients, type Tensor, toModel } from '../graph/index.js';
import type { LossSum } from '../losses/weighted-sum.js';
import type { ParameterSpec } from '../nets/parameters.js';
import { type OptimizerName, optimizerOf } from '../optimizers/choice.js';
import type { Optimizer, OptimizerState } from '../optimizers/optimizer.js';

/** A training step as a model: forward, losses, backward and the optimizer. */
export interface StepModel {
  model: Uint8Array;
  /** State: output name to input name. */
  state: Record<string, string>;
  /** Outputs that hold the losses, by their names: `total`, `content/relu3_3`, ... */
  losses: ReadonlyMap<string, string>;
  /** The optimizers whose scalars are inputs of the model. */
  optimizers: ReadonlySet<Optimizer>;
}

/** Output that holds the generated pictures. */
export const GENERATED = 'generated';

/** A parameter that a training changes, in its graph. */
export interface TrainedParameter {
  spec: ParameterSpec;
  /** The parameter as it is before the step. */
  value: Tensor;
  /**
   * The values that the losses depend on, and are differentiated by: a part of the value, or the value itself by
   * default.
   */
  used?: Tensor;
  /** Learning rate as a multiple of the common one. 1 by default. */
  rate?: number;
  /** Updates it by the gradient of `used`, with scalars of its own. By default its optimizer does. */
  update?(state: OptimizerState, gradient: Tensor): OptimizerState;
}

/** The graph of a step before its backward pass. */
export interface StepParts {
  graph: Graph;
  losses: LossSum;
  /** The value that is differentiated. The sum of the losses by default. */
  objective?: Tensor;
  trained: readonly TrainedParameter[];
  optimizer: OptimizerName | undefined;
  /** New running statistics by parameter name. */
  running: ReadonlyMap<string, Tensor>;
  /** The generated pictures. */
  generated: Tensor;
}

/** The inputs of a graph that hold parameters, by name. */
export function parameterInputs(graph: Graph, specs: readonly ParameterSpec[]): Map<string, Tensor> {
  return new Map(specs.map(({ name, shape }) => [name, graph.input(name, shape)]));
}

/**
 * Completes a training step: the gradients of the objective, one update of each trained parameter, and the outputs:
 * every loss, the generated pictures, the new state.
 */
export function stepModel(parts: StepParts): StepModel {
  const { graph, losses, trained, objective = losses.total } = parts;
  const slopes = gradients(
    objective,
    trained.map(({ value, used }) => used ?? value),
  );
  const state: Record<string, string> = {};
  const keep = (name: string, value: Tensor) => {
    graph.output(`next/${name}`, value);
    state[`next/${name}`] = name;
  };
  const scalars = new Map<string, Tensor>();
  const scalar = (name: string): Tensor => {
    const input = scalars.get(name) ?? graph.input(name, []);
    scalars.set(name, input);
    return input;
  };
  const optimizers = new Set<Optimizer>();
  trained.forEach(({ spec, value, rate, update }, i) => {
    const optimizer = optimizerOf(spec, parts.optimizer);
    const slots = optimizer.slots(spec.name);
    const old = { parameter: value, slots: slots.map((name) => graph.input(name, spec.shape)) };
    if (!update) optimizers.add(optimizer);
    const updated = update?.(old, slopes[i]!) ?? optimizer.update(old, slopes[i]!, { scalar, rate });
    keep(spec.name, updated.parameter);
    slots.forEach((name, k) => {
      keep(name, updated.slots[k]!);
    });
  });
  for (const [name, value] of parts.running) keep(name, value);
  const outputs = new Map<string, string>();
  for (const [name, value] of [['total', losses.total] as const, ...losses.raw]) {
    graph.output(`loss/${name}`, value);
    outputs.set(name, `loss/${name}`);
  }
  graph.output(GENERATED, parts.generated);
  return { model: toModel(graph), state, losses: outputs, optimizers };
}
