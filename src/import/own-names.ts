import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import type { Architecture } from '../nets/architecture.js';
import { parameterSpecs } from '../nets/parameters.js';
import { type Converted, type ForeignTensors, takeTensor, takeWidth } from './tensor.js';

/** Which network tensors under our names (`parameterSpecs`) are of, by what the others do not have. */
function architectureOf(tensors: ForeignTensors): Architecture {
  if (tensors.has('out.norm.scale')) return 'lengstrom';
  if (tensors.has('down1.norm.mean')) return 'paper';
  return tensors.has('down1.norm.scale') || tensors.has('rows') ? 'modern' : 'source';
}

/**
 * The parameters of a network from tensors under our own names, without metadata: a network of many paintings has the
 * tensor `rows`, and its paintings are named `painting-1`, `painting-2`, ...
 *
 * @throws FnsError naming the first tensor that is missing, misshapen or not of the network.
 */
export function fromOwnNames(tensors: ForeignTensors, label: string): Converted {
  const architecture = architectureOf(tensors);
  const reading = { label, network: `the network ${architecture}` };
  const width = takeWidth(tensors, 'down1.conv.weight', 0, reading);
  const rows = tensors.get('rows')?.shape[0] ?? 0;
  if (rows > 10_000) throw failure(`${label}: rows claims ${rows} paintings`);
  const parameters = new Map<string, FloatTensor>();
  for (const { name, shape } of parameterSpecs(architecture, width, rows)) {
    parameters.set(name, { shape, data: takeTensor(tensors, name, shape, reading) });
  }
  const extra = [...tensors.keys()].find((name) => !parameters.has(name));
  if (extra !== undefined)
    throw failure(`${label}: ${reading.network} of width ${width} has no tensor ${extra}`);
  const paintings = rows > 0 ? Array.from({ length: rows }, (_, i) => `painting-${i + 1}`) : undefined;
  return { architecture, width, parameters, own: true, ...(paintings ? { paintings } : {}) };
}
