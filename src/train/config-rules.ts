/** Rules between the options of a training, which every schema of one has. */
import type { z } from 'zod';
import { FnsError } from '../core/errors.js';
import { parseLayers, type WeightedLayer } from '../losses/perceptual.js';
import { LENGTHS, type LengthOptions } from './complete-config.js';

/** Reports a broken rule; `undefined` for one that is about several options alike. */
export type Complain = (option: string | undefined, message: string) => void;

/** A check of a whole configuration for `superRefine`. */
export function rules<Config>(check: (config: Config, complain: Complain) => void) {
  return (config: Config, context: z.RefinementCtx): void =>
    check(config, (option, message) => {
      context.addIssue({ code: 'custom', path: option === undefined ? [] : [option], message });
    });
}

/** Exactly one option gives the length. */
export function checkLength(config: LengthOptions, complain: Complain): void {
  const given = LENGTHS.filter((key) => config[key] !== undefined);
  if (given.length === 1) return;
  complain(undefined, `one of steps, epochs and minutes is needed, got ${given.join(' and ') || 'none'}`);
}

/** The network of the paper reflects 40 pixels, and needs as many. */
export function checkPaperSize(size: number, complain: Complain): void {
  if (size < 44)
    complain('size', `the paper's network reflects 40 pixels: at least 44 is needed, got ${size}`);
}

/** The layers of an option, as far as they can be known without the loss network; nothing where one is wrong. */
export function checkedLayers(
  option: string,
  texts: readonly string[],
  network: string,
  weight: number,
  complain: Complain,
): WeightedLayer[] {
  try {
    return parseLayers(texts, network, weight).filter((layer) => layer.weight > 0);
  } catch (error) {
    if (!(error instanceof FnsError)) throw error;
    complain(option, error.message);
    return [];
  }
}
