/** Where jobs lie in the store. */
import type { Job } from './job.js';

/** Where a job keeps what it makes, with its parts. */
export function jobPrefix(id: string): string {
  return `jobs/${id}/`;
}

/** Where an attempt stores its results: no two write in one place. */
export function resultPrefix({ id, attemptId, parent }: Pick<Job, 'id' | 'attemptId' | 'parent'>): string {
  return parent === null ? `${jobPrefix(id)}${attemptId}/` : `${partsPrefix(parent)}${id}/${attemptId}/`;
}

/** Where the checkpoints of all attempts of a job lie. */
export function checkpointPrefix(id: string): string {
  return `${jobPrefix(id)}checkpoints/`;
}

/** Where the results of all parts of a job lie. */
export function partsPrefix(id: string): string {
  return `${jobPrefix(id)}parts/`;
}
