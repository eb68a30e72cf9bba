/** Motion by the OpenCV that is installed with the package; pages bring their own, since bundlers cannot read its script. */
import { failure } from '../core/errors.js';
import { type OpenCvModule, whenReady } from './opencv.js';
import { type OpticalFlow, opticalFlowBy } from './optical-flow.js';

/** Loads OpenCV. @throws FnsError when it is not installed. */
export async function loadOpticalFlow(): Promise<OpticalFlow> {
  return opticalFlowBy((await whenReady(await imported())).cv);
}

async function imported(): Promise<{ cv: OpenCvModule }> {
  try {
    return (await import('./opencv-module.js')).loaded as { cv: OpenCvModule };
  } catch (error) {
    throw failure(
      'motion is estimated by OpenCV, which is not installed: npm install @techstark/opencv-js',
      error as Error,
    );
  }
}
