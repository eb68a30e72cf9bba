/** Differentiable ONNX graphs. */
export type { Attribute, GradientRule, Operation } from '../../graph/graph.js';
export * from '../../graph/index.js';
export type { InstanceNormOptions } from '../../graph/ops/norm.js';
export type { PaddedImage } from '../../graph/ops/symbolic.js';
