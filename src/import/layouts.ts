/** The networks whose tensors can be taken in, told apart by the names of their tensors. */
import { failure } from '../core/errors.js';
import { shapeText } from '../graph/index.js';
import { fromLengstrom } from './lengstrom.js';
import { fromOwnNames } from './own-names.js';
import { fromPytorchExamples } from './pytorch-examples.js';
import type { Converted, ForeignTensor, ForeignTensors } from './tensor.js';

/** A tensor that tells a layout, and what reads the others. */
const LAYOUTS = [
  { marks: ['down1.conv.weight'], read: fromOwnNames, whose: 'this program' },
  {
    marks: ['deconv3.conv2d.weight', 'conv1.conv2d.weight'],
    read: fromPytorchExamples,
    whose: 'pytorch/examples',
  },
  { marks: ['Variable'], read: fromLengstrom, whose: 'lengstrom/fast-style-transfer' },
];

/**
 * Makes a network of ours of tensors under any of the known names. What stands before all names (`module.`) does not
 * matter.
 *
 * @param label the name of the file in errors
 * @throws FnsError when the names are of no known network, or naming the first tensor that does not fit.
 */
export function convertTensors(tensors: ForeignTensors, label: string): Converted {
  for (const { marks, read } of LAYOUTS) {
    for (const mark of marks) {
      const names = [...tensors.keys()].filter((name) => name === mark || name.endsWith(`.${mark}`));
      // The shortest: `conv1.conv2d.weight` also ends the name of a residual block's.
      const found = names.sort((a, b) => a.length - b.length)[0];
      if (found !== undefined) return read(withoutPrefix(tensors, found.slice(0, -mark.length)), label);
    }
  }
  const [first] = tensors;
  const what = first ? `its first tensor is ${first[0]} ${shapeText(first[1].shape)}` : 'it holds no tensors';
  const wanted = LAYOUTS.map(({ marks, whose }) => `${marks.at(-1)} (${whose})`).join(', ');
  throw failure(`${label}: no known network: ${what}; expected one of ${wanted}`);
}

function withoutPrefix(tensors: ForeignTensors, prefix: string): ForeignTensors {
  if (prefix === '') return tensors;
  const kept = new Map<string, ForeignTensor>();
  for (const [name, tensor] of tensors)
    if (name.startsWith(prefix)) kept.set(name.slice(prefix.length), tensor);
  return kept;
}
