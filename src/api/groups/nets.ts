/** Networks: loss networks, transform networks, super-resolution. */
export { type Architecture, BLEED } from '../../nets/architecture.js';
export type { FeatureExtractor, LossNetwork } from '../../nets/loss-network.js';
export { type LossInput, type OnnxNetworkOptions, onnxNetwork } from '../../nets/onnx-loss-network.js';
export { initialParameters, type ParameterSpec, parameterSpecs } from '../../nets/parameters.js';
export { identityRow, packRow, rowLength, unpackRow } from '../../nets/rows.js';
export {
  type NetworkMode,
  type Transformed,
  type TransformOptions,
  transform,
} from '../../nets/transform.js';
export {
  initialUpscaleParameters,
  type UpscaleArchitecture,
  type UpscaleNetwork,
  upscale,
  upscaleSpecs,
} from '../../nets/upscale.js';
export { type Vgg, type VggOptions, vgg, vggNetwork } from '../../nets/vgg.js';
export { endpointName, isVgg, parseLayer, type VggName, vggLayers } from '../../nets/vgg-layers.js';
export { widened } from '../../nets/widen.js';
