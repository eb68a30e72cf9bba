/** Files of this project, and networks of other projects. */
export {
  type FloatTensor,
  readSafetensors,
  type Safetensors,
  type WriteSafetensorsOptions,
  writeSafetensors,
} from '../../core/safetensors.js';
export {
  type BlendPart,
  type Mixture,
  mixedStyle,
  mixVector,
  parseBlend,
  parseStyleName,
} from '../../files/mixture.js';
export { type StatedFormat, statedFormat } from '../../files/pixel-format.js';
export {
  decodeStyle,
  type EncodeStyleOptions,
  encodeStyle,
  type Style,
  type StyleInfo,
} from '../../files/style-file.js';
export { decodeStyleTensors, encodeStyleTensors } from '../../files/style-tensors.js';
export {
  decodeUpscaling,
  type EncodeUpscalingOptions,
  encodeUpscaling,
  type UpscaleInfo,
  type Upscaling,
} from '../../files/upscale-file.js';
export { type ImportOptions, importStyle } from '../../import/import-style.js';
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../train/checkpoint-format.js';
