import { usage } from '../core/errors.js';

/**
 * Whose formulas the losses follow. `source`: hzy46/fast-neural-style-tensorflow. `paper`: the code released with
 * Johnson et al. 2016.
 */
export type Normalisation = 'source' | 'paper';

/** All normalisations, for checking what a user typed. */
export const NORMALISATIONS: readonly Normalisation[] = ['source', 'paper'];

/**
 * Checks the name of a normalisation.
 *
 * @throws FnsError (usage) when it is none.
 */
export function parseNormalisation(text: string): Normalisation {
  if ((NORMALISATIONS as readonly string[]).includes(text)) return text as Normalisation;
  throw usage(`unknown loss normalisation '${text}': one of ${NORMALISATIONS.join(', ')} is needed`);
}
