/** Pictures in memory. */
export { resizeBicubic } from '../../core/bicubic.js';
export { fractalNoise } from '../../core/fractal-noise.js';
export { matchHistogram } from '../../core/histogram.js';
export { fromPlanes, type Planes, toPlanes } from '../../core/planes.js';
export { centreCrop, cropPicture, type Rectangle, withoutBorder } from '../../core/rectangles.js';
export { atMostLongerSide, type Size, withLongerSide, withShorterSide } from '../../core/sizes.js';
export { luma, type Plane, psnr, ssim } from '../../evaluate/picture-metrics.js';
export { applyLook, type DrawnShare, type Look } from '../../stylize/apply-look.js';
export { styleTexture } from '../../stylize/style-texture.js';
