/** The losses of the paper and of the source, as differentiable graphs. */
export * from './checkerboard.js';
export * from './content.js';
export * from './normalisation.js';
export * from './pair-losses.js';
export * from './perceptual.js';
export * from './spectrum.js';
export * from './stability.js';
export * from './style.js';
export * from './style-targets.js';
export * from './total-variation.js';
export * from './weighted-sum.js';
