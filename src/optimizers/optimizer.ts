import type { ParameterSpec } from '../nets/parameters.js';
import { momentNames } from './adam.js';

/** The optimizers of a training. */
export const OPTIMIZERS = ['adam', 'muon'] as const;

/** `adam`, or `muon`: Muon for the convolutions inside the network, Adam for everything else. */
export type Optimizer = (typeof OPTIMIZERS)[number];

/** Whether Muon trains a parameter: the kernels of all convolutions but the last, which is Adam's as in other networks trained with Muon. */
export function usesMuon({ name, role }: ParameterSpec, optimizer: Optimizer = 'adam'): boolean {
  return optimizer === 'muon' && role === 'weight' && !name.startsWith('out.');
}

/** The names of what the optimizer remembers of a parameter. */
export function memoryNames(spec: ParameterSpec, optimizer?: Optimizer): string[] {
  const { m, v } = momentNames(spec.name);
  return usesMuon(spec, optimizer) ? [m] : [m, v];
}
