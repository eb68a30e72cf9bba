import type { ParameterSpec } from '../nets/parameters.js';
import { adamOptimizer } from './adam.js';
import { muonOptimizer } from './muon.js';
import type { Optimizer } from './optimizer.js';

/** The optimizers that a training can be asked for. */
export const OPTIMIZERS = ['adam', 'muon'] as const;

/** `adam`, or `muon`: Muon for the convolutions inside the network, Adam for everything else. */
export type OptimizerName = (typeof OPTIMIZERS)[number];

/**
 * The optimizer of one parameter. Muon trains the kernels of all convolutions but the last, which is Adam's as in other
 * networks trained with Muon.
 */
export function optimizerOf({ role, group }: ParameterSpec, name: OptimizerName = 'adam'): Optimizer {
  return name === 'muon' && role === 'weight' && group === 'inner' ? muonOptimizer : adamOptimizer;
}
