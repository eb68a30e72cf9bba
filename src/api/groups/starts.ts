/** Starts of trainings, and the shipped files. */
export { type StartingPoint, startingParameters, startingPoint } from '../../jobs/training-start.js';
export {
  readShippedStart,
  readStyleFile,
  type StyleBytes,
  shippedStyles,
  shippedUpscalers,
} from '../../node/shipped.js';
export { drawThumbnail } from '../../node/studio/style-thumbnail.js';
