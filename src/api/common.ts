/** The exports for Node and browsers alike. */
export { type ErrorCode, type ErrorKind, FnsError } from '../core/errors.js';
export type { Image } from '../core/image.js';
export * as graph from '../graph/index.js';
export type { JobEvent, JobOptions, JobProgress } from '../jobs/job.js';
export type { TrainedFromPictures, TrainFromPicturesOptions } from '../jobs/train-from-pictures.js';
export * as losses from '../losses/index.js';
export type { Device, HostTensor, OpenSession, Session, SessionOptions } from '../runtime/session.js';
export type { Stylizer } from '../stylize/stylizer.js';
export type { Upscaler } from '../upscale/upscaler.js';
export * as files from './groups/files.js';
export * as nets from './groups/nets.js';
export * as optimisation from './groups/optimisation.js';
export * as pictures from './groups/pictures.js';
export * as training from './groups/training.js';
