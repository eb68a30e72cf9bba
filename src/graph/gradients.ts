import { sameShape, shapeText } from './dim.js';
import { GraphError, type Operation, type Tensor } from './graph.js';

/**
 * Appends the backward pass to the graph of `loss` (reverse-mode differentiation) and returns, for each of `targets`,
 * the gradient of `loss`, of the target's shape. Only what leads from the targets to the loss is differentiated. The
 * operators of the backward pass are not recorded: gradients have no gradients.
 *
 * @throws GraphError when the loss is not a scalar or does not depend on a target.
 */
export function gradients(loss: Tensor, targets: readonly Tensor[]): Tensor[] {
  const graph = loss.graph;
  if (loss.shape.length !== 0) {
    throw new GraphError(`gradients: the loss must be a scalar [], got ${shapeText(loss.shape)}`);
  }
  const dependent = new Set(targets.map((t) => t.name));
  const relevant: Operation[] = [];
  for (const operation of graph.operations) {
    if (!operation.inputs.some((t) => dependent.has(t.name))) continue;
    dependent.add(operation.output.name);
    relevant.push(operation);
  }

  const total = new Map<string, Tensor>([[loss.name, graph.scalar(1)]]);
  for (const { operator, inputs, output, gradient } of relevant.reverse()) {
    const dy = total.get(output.name);
    if (!dy) continue;
    const needed = inputs.map((t) => dependent.has(t.name));
    const contributions = graph.unrecorded(() => gradient(dy, output, needed));
    inputs.forEach((input, i) => {
      const contribution = contributions[i];
      if (!needed[i]) return;
      if (!contribution) throw new GraphError(`${operator}: input ${i} cannot be differentiated`);
      if (!sameShape(contribution.shape, input.shape)) {
        throw new GraphError(
          `${operator}: the gradient of input ${i} has the shape ${shapeText(contribution.shape)}, ` +
            `the input ${shapeText(input.shape)}`,
        );
      }
      const sum = total.get(input.name);
      total.set(input.name, sum ? graph.node('Add', [sum, contribution], input.shape) : contribution);
    });
  }
  return targets.map((target) => {
    const gradient = total.get(target.name);
    if (!gradient) throw new GraphError(`gradients: the loss does not depend on ${target.name}`);
    return gradient;
  });
}
