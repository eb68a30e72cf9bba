/** The open video by the service: one job each time that it is made. */

import type { Look } from '../state.js';
import type { Film } from '../video/film.js';
import { checkToken } from './check-token.js';
import { type JobTask, ServiceUser } from './job.js';
import { videoJob } from './job-of-look.js';

/** A video that is asked for. */
export interface AskedVideo extends Pick<JobTask, 'signal' | 'onStep'> {
  of: Film;
  look: Look;
  /** Of its frames. */
  size: { width: number; height: number };
  format: 'mp4' | 'webm';
  /** 0 to 1. */
  steady: number;
}

let user = new ServiceUser();
let video: Blob | undefined;

/**
 * The video in a look, with its sound.
 *
 * @throws ServiceFailure, Cancelled when the signal is aborted.
 */
export async function videoFromServer({ of, look, size, format, steady, ...how }: AskedVideo): Promise<Blob> {
  // Before all of it is sent.
  await checkToken('video');
  if (video !== of.file) {
    user.close();
    user = new ServiceUser();
    video = of.file;
  }
  const longest = Math.max(size.width, size.height);
  const isSmaller = longest < Math.max(of.width, of.height);
  const job = videoJob(of.file, look, size, {
    ...{ format, ...(isSmaller && { maxSide: longest }) },
    ...(steady > 0 && { steady }),
  });
  return user.run({ kind: 'video', ...job, ...how });
}
