import { usage } from '../core/errors.js';

/**
 * Whose formulas the losses follow. `source`: hzy46/fast-neural-style-tensorflow. `paper`: the code released with
 * Johnson et al. 2016. `relative`: every difference in parts of what it is a difference from, so that one set of weights
 * suits every painting, layer and loss network.
 */
export type Normalisation = 'source' | 'paper' | 'relative';

/** All normalisations, for checking what a user typed. */
export const NORMALISATIONS: readonly Normalisation[] = ['source', 'paper', 'relative'];

/**
 * Checks the name of a normalisation.
 *
 * @throws FnsError (usage) when it is none.
 */
export function parseNormalisation(text: string): Normalisation {
  if ((NORMALISATIONS as readonly string[]).includes(text)) return text as Normalisation;
  throw usage(`unknown loss normalisation '${text}': one of ${NORMALISATIONS.join(', ')} is needed`);
}
