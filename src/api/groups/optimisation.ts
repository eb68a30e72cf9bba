/** Minimisation of functions, and of the objective of a picture over its pixels. */
export { type AdamOptions, adam } from '../../minimise/adam.js';
export { type LbfgsOptions, lbfgs } from '../../minimise/lbfgs.js';
export type { Evaluation, Iteration, Minimum, Objective } from '../../minimise/minimiser.js';
export type { Bounds, Vector } from '../../minimise/vector.js';
export {
  type Optimised,
  type OptimiseOptions,
  type OptimiseProgress,
  optimisePicture,
} from '../../optimize/optimise-picture.js';
export {
  openPhotoObjective,
  type PhotoObjective,
  type PhotoObjectiveOptions,
} from '../../optimize/photo-objective.js';
export {
  openPictureObjective,
  openPixelObjective,
  type PictureObjective,
  type PixelObjective,
  type PixelObjectiveOptions,
} from '../../optimize/pixel-objective.js';
