/** What a person chooses for a training, and what it means for the library. */
import { type nets, training } from 'fast-neural-style/browser';
import { lossLayersOf } from './loss-weights.js';

/** The choices of a training. */
export interface TeachSettings {
  /** Powers of two by which the painting counts more than usual, -2 to 2. */
  strength: number;
  /** The painting's shorter side as a multiple of the photos': larger gives larger strokes. */
  strokes: number;
  /** Steps in all. */
  steps: number;
  /** Side of the parts of photos that it learns on, in pixels. */
  size: number;
  /** The library's options that overrule these, for tests. */
  overrides: Omit<training.TrainingOptions, 'size' | 'steps'> & {
    checkpointEvery?: number;
    previewEvery?: number;
  };
}

/**
 * What the choices mean, whatever the losses are. A painting is not enlarged, unless it is smaller than the photos' parts:
 * blurs would be learned.
 */
export function chosenOptions(
  { strength, strokes, steps, size }: TeachSettings,
  painting: { width: number; height: number },
) {
  const own = Math.min(painting.width, painting.height);
  const styleSize = 4 * Math.round(training.styleSizeFor({ size, styleSize: size * strokes }, own) / 4);
  const styleWeight = training.TRAINING_DEFAULTS.modern.styleWeight * 2 ** strength;
  return { size, steps, styleSize, styleWeight };
}

/** The library's options for the choices. */
export function trainingOptions(
  settings: TeachSettings,
  network: nets.LossNetwork,
  painting: { width: number; height: number },
): training.TrainingOptions {
  return { ...chosenOptions(settings, painting), ...lossLayersOf(network), ...settings.overrides };
}

/** The shorter sides that pictures are kept at: no detail that is used is lost. */
export function keptSides({ size, strokes }: TeachSettings): { painting: number; photo: number } {
  // Random crops are of photos of up to 1.25 times the size, and the margin around it.
  const { margin } = training.TRAINING_DEFAULTS.modern;
  return { photo: Math.floor(1.25 * (size + 2 * margin)), painting: Math.ceil(2 * strokes * size) };
}
