/** Motion between pictures, and steady videos. */
export { readFlo, writeFlo } from '../../flow/flo-file.js';
export { consistentPixels, type Flow, resizeFlow, roundTripErrors } from '../../flow/flow-field.js';
export { type GreyPicture, loadOpticalFlow, type OpticalFlow } from '../../flow/optical-flow.js';
export {
  createSteadyBlend,
  type SteadyBlend,
  type SteadyBlendOptions,
  type SteadyState,
} from '../../flow/steady-blend.js';
