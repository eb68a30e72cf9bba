/** The learning rate over a training. */
export interface LearningRate {
  /** Adam's rate at the beginning. */
  learningRate: number;
  /** `constant`, or `cosine`: the last 40 % fall to zero along half a cosine. */
  schedule: 'constant' | 'cosine';
}

/** Share of a training after which `cosine` begins to fall. */
const START = 0.6;

/** The learning rate when the share `progress` (0..1) of the training is done. */
export function learningRateAt({ learningRate, schedule }: LearningRate, progress: number): number {
  if (schedule === 'constant' || progress <= START) return learningRate;
  return learningRate * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, (progress - START) / (1 - START))));
}
