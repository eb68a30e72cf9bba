/** Jobs and files as the API shows them. */
import { z } from 'zod';
import type { Queries } from '../database/database.js';
import { resultsOf } from '../records/file.js';
import type { Job } from '../records/job.js';
import type { Links } from './links.js';

/** The form of a file. */
export const fileSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  bytes: z.number().int(),
  sha256: z.string().describe('of its bytes, in hexadecimal'),
});

/** The form of a job. */
export const jobSchema = z.object({
  id: z.uuid(),
  kind: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  progress: z
    .object({ share: z.number(), secondsLeft: z.number().optional(), part: z.string().optional() })
    .nullable()
    .describe('the share that is done, 0 to 1'),
  error: z
    .object({ code: z.enum(['refused', 'given-up', 'too-long', 'too-large']), message: z.string() })
    .nullable()
    .describe(
      'why it failed. refused: what it was given cannot be done; given-up: it failed again and again',
    ),
  attempts: z.number().int(),
  created: z.iso.datetime(),
  started: z.iso.datetime().nullable(),
  finished: z.iso.datetime().nullable(),
  results: z.array(
    fileSchema.extend({ url: z.string().describe('a link that needs no token, and expires') }),
  ),
  events: z.string().describe('the address of its events: a link that needs no token, and expires'),
});

/** A job as it is shown. */
export type JobView = z.infer<typeof jobSchema>;

/** A job as it is shown, with its results once it is done. */
export async function jobView(on: Queries, links: Links, job: Job): Promise<JobView> {
  const { id, kind, progress, error, attempts, created, started, finished } = job;
  // One that waits for its parts to be joined goes on.
  const state = job.state === 'queued' && job.parts !== null ? 'running' : job.state;
  const files = state === 'done' ? await resultsOf(on, id) : [];
  return {
    ...{ id, kind, state, progress, error, attempts },
    created: created.toISOString(),
    started: started?.toISOString() ?? null,
    finished: finished?.toISOString() ?? null,
    results: files.map((file) => ({
      ...{ id: file.id, name: file.name, bytes: file.bytes, sha256: file.sha256 },
      url: links.sign(`/v1/files/${file.id}`),
    })),
    events: links.sign(`/v1/jobs/${id}/events`),
  };
}
