/** Differentiable ONNX graphs: tensors, operators with gradients, and the model file. */
export * from './dim.js';
export * from './gradients.js';
export {
  type ConstantData,
  type DType,
  Graph,
  GraphError,
  type GraphNode,
  type Initializer,
  type Tensor,
} from './graph.js';
export { type ImportedNetwork, importNetwork } from './import-onnx.js';
export { ACTIVATIONS } from './imported-operators.js';
export * from './model.js';
export * from './ops/arithmetic.js';
export { concat } from './ops/concat.js';
export { type ConvOptions, conv2d } from './ops/conv.js';
export { type ConvTransposeOptions, convTranspose2d } from './ops/conv-transpose.js';
export { depthToSpace, spaceToDepth } from './ops/depth-to-space.js';
export * from './ops/elementwise.js';
export { type FrozenConvOptions, frozenConv2d } from './ops/frozen-conv.js';
export { channelProducts, matmul } from './ops/matmul.js';
export { mean, sumOfSquares } from './ops/mean.js';
export { insideAfterMove, moveAffine } from './ops/move.js';
export { type BatchNormResult, batchNorm, batchNormInference, instanceNorm } from './ops/norm.js';
export { edgePad, reflectPad, zeroPad } from './ops/pad.js';
export { avgPoolWindows, maxPoolWindows, type PoolWindows } from './ops/pool-windows.js';
export { avgPool2d, maxPool2d, upsampleNearest } from './ops/resample.js';
export { reshape, transpose } from './ops/reshape.js';
export { allSides, crop, pad, type Sides, slice } from './ops/slice.js';
export { type ReduceOptions, sum } from './ops/sum.js';
export { cropToMatch, lastRowsAndColumns, padToMultiple, zerosToEven } from './ops/symbolic.js';
export * from './write-model.js';
