/** The losses of the paper and of the source, as differentiable graphs. */
export * from '../../losses/index.js';
export type { TargetOptions } from '../../losses/layer-targets.js';
