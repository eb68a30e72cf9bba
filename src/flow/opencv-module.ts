/**
 * OpenCV in an object. Only `load-optical-flow.ts` imports this, and late: the module is large, and it has a `then` which gives the module
 * again without end, so that neither a promise nor what a bundler makes of `import()` may hold it.
 */
import cv from '@techstark/opencv-js';

export const loaded: { cv: unknown } = { cv };
