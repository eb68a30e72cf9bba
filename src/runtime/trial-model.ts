import { Graph, toModel } from '../graph/index.js';

/** A model of next to nothing, to try a device with. */
export function trialModel(): Uint8Array {
  const graph = new Graph();
  graph.output('y', graph.input('x', [1]));
  return toModel(graph);
}
