/** The exports for Node and browsers alike. */
export { type ErrorCode, type ErrorKind, FnsError, type FnsErrorOptions } from '../core/errors.js';
export type { Image } from '../core/image.js';
export type { RowSource, WriteRows } from '../core/row-source.js';
export type { OpenScratch, ScratchPlane } from '../core/scratch.js';
export type { ChannelOrder, PixelFormat, PixelRange } from '../files/pixel-format.js';
export type { JobEvent, JobOptions, JobProgress } from '../jobs/job.js';
export type { TrainedFromPictures, TrainFromPicturesOptions } from '../jobs/train-from-pictures.js';
export type {
  Device,
  HostTensor,
  OpenSession,
  RunOptions,
  Session,
  SessionOptions,
} from '../runtime/session.js';
export type { StyleShare } from '../stylize/blend.js';
export type { DrawJob } from '../stylize/large-pictures.js';
export type { Colours } from '../stylize/looks.js';
export type { TileMode } from '../stylize/strips.js';
export { type Drawer, stylizeFrames } from '../stylize/stylize-frames.js';
export type { StyleChoice, StyleInput, Stylizer, StylizerOptions } from '../stylize/stylizer.js';
export type { OnTile, Upscaler, UpscalerOptions } from '../upscale/upscaler.js';
export * as files from './groups/files.js';
export * as graph from './groups/graph.js';
export * as losses from './groups/losses.js';
export * as nets from './groups/nets.js';
export * as optimisation from './groups/optimisation.js';
export * as pictures from './groups/pictures.js';
export * as training from './groups/training.js';
