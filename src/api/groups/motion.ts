/** Motion between pictures, and steady videos. */
export { createSteadyBlend } from '../../flow/create-steady-blend.js';
export { loadOpticalFlow } from '../../flow/load-optical-flow.js';
export * from './motion-anywhere.js';
