import type { HostTensor } from '../runtime/session.js';

/** Numbers as scalar inputs of a graph, by name. */
export function scalarFeeds(values: Readonly<Record<string, number>>): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      { dtype: 'float32', shape: [], data: Float32Array.of(value) },
    ]),
  );
}
