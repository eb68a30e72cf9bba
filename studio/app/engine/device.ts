/** What this machine is asked for. */
import type { RuntimeSettings } from '../../worker/runtime.js';
import { placeOf } from './place.js';

/** On iOS threads and long-lived sessions crash the tab. */
export const isIos =
  /iPad|iPhone|iPod/.test(navigator.userAgent) ||
  (navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1);

/** The device that the address asks for with `?device=cpu`, for those whose GPU fails. */
const asked = new URLSearchParams(location.search).get('device');

/** How workers set up ONNX Runtime. */
export const runtimeSettings: RuntimeSettings = {
  folder: placeOf('ort/'),
  device: asked === 'cpu' || asked === 'webgpu' ? asked : 'auto',
  threads: isIos ? 1 : Math.max(1, Math.min(8, navigator.hardwareConcurrency ?? 1)),
};
