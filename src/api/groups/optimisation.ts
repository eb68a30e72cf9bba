/** Minimisation of functions, and of the objective of a picture over its pixels. */
export { adam } from '../../minimise/adam.js';
export { lbfgs } from '../../minimise/lbfgs.js';
export type { Evaluation, Iteration, Minimum } from '../../minimise/minimiser.js';
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
