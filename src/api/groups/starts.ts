/** Starts of trainings, and the shipped files. */
export { type StartingPoint, startingParameters, startingPoint } from '../../jobs/training-start.js';
export { readShippedStart, readStyleFile, shippedStyles, shippedUpscalers } from '../../node/shipped.js';
