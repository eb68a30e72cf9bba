/** Motion between pictures, and steady videos, with an OpenCV that a page has loaded (`@techstark/opencv-js`). */
export { readFlo, writeFlo } from '../../flow/flo-file.js';
export { consistentPixels, type Flow, resizeFlow, roundTripErrors } from '../../flow/flow-field.js';
export { type OpenCv, type OpenCvModule, whenReady as openCvWhenReady } from '../../flow/opencv.js';
export { type GreyPicture, type OpticalFlow, opticalFlowBy } from '../../flow/optical-flow.js';
export {
  type SteadyBlend,
  type SteadyBlendOptions,
  type SteadyState,
  steadyBlend,
} from '../../flow/steady-blend.js';
