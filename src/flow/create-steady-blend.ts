/** A steady blend with the OpenCV that is installed. */
import { loadOpticalFlow } from './load-optical-flow.js';
import type { OpticalFlow } from './optical-flow.js';
import { requireAmount, type SteadyBlend, type SteadyBlendOptions, steadyBlend } from './steady-blend.js';

/** No motion: of a blend that does nothing. */
const NO_FLOW = {} as OpticalFlow;

/**
 * Makes the blend of a video, as `steadyBlend` does; OpenCV is loaded where nothing else estimates motion.
 *
 * @throws FnsError when the amount is not within 0..1, or OpenCV is needed and not installed.
 */
export async function createSteadyBlend({
  amount,
  opticalFlow,
}: Pick<SteadyBlendOptions, 'amount'> & Partial<SteadyBlendOptions>): Promise<SteadyBlend> {
  requireAmount(amount);
  return steadyBlend({
    amount,
    opticalFlow: opticalFlow ?? (amount === 0 ? NO_FLOW : await loadOpticalFlow()),
  });
}
