/** A load of jobs whose results are known, sent by a client that is as patient as one should be. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { stylizePictures } from '../../src/api/node.js';
import { randomGenerator } from '../../src/core/random.js';
import { JOB_KINDS } from '../../src/service/job-kinds.js';
import type { JobView } from '../../src/service/web/views.js';
import { Client } from './client.js';

/** A job of the load. */
export interface KnownJob {
  kind: string;
  /** The paths of its files by role. */
  inputs: Record<string, string>;
  options: Record<string, unknown>;
  /** The SHA-256 of its first result. */
  sha256: string;
}

/** What became of a load. */
export interface LoadResult {
  jobs: number;
  /** Attempts of all jobs together. */
  attempts: number;
  /** Requests that were sent again. */
  again: number;
  seconds: number;
}

/** Small photos in styles, with the digests of what the library itself makes of them. */
export async function knownPictures(folder: string, count: number, sizes = [64, 96]): Promise<KnownJob[]> {
  const jobs: KnownJob[] = [];
  for (let i = 0; i < count; i++) {
    const random = randomGenerator(i + 1);
    const photo = join(folder, `photo-${i}.png`);
    const side = sizes[i % sizes.length]!;
    const noise = Uint8Array.from({ length: 12 * 9 * 3 }, () => 256 * random());
    await sharp(noise, { raw: { width: 12, height: 9, channels: 3 } })
      .resize(side, Math.round(0.75 * side), { fit: 'fill' })
      .toFile(photo);
    const options = {
      style: ['wave', 'starry', 'scream'][i % 3]!,
      format: 'png',
      strength: 1 - 0.1 * (i % 4),
    };
    const out = join(folder, `known-${i}.png`);
    await stylizePictures({ photos: photo, out, style: options.style, strength: options.strength });
    jobs.push({ kind: 'picture', inputs: { photo }, options, sha256: await digest(out) });
  }
  return jobs;
}

/** The SHA-256 of a file. */
export async function digest(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/**
 * Sends jobs, so many at a time, waits for each, and checks its result.
 *
 * @throws when a job is lost, fails, or has another result than it should
 */
export async function runLoad(
  client: Client,
  jobs: Iterable<KnownJob>,
  { atATime = 4, seconds = 300, onDone = (_: number) => {} } = {},
): Promise<LoadResult> {
  const began = Date.now();
  const until = began + 1000 * seconds;
  const result = { jobs: 0, attempts: 0, again: 0, seconds: 0 };
  const queue = numbered(jobs);
  const run = `${began}-${Math.random()}`;
  /** Tries again while nobody answers, or the service says that it cannot now. */
  const patient = async <T>(act: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        const { message } = error as Error;
        if (Date.now() > until || !/^(503|429|fetch failed|terminated|other side closed)/.test(message))
          throw error;
        result.again++;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    }
  };
  const view = async (id: string): Promise<JobView> => {
    const { status, body } = await client.call<JobView>(`/v1/jobs/${id}`);
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return body;
  };
  const sender = async () => {
    for (const [i, { kind, inputs: paths, options, sha256 }] of queue) {
      const inputs: Record<string, string> = {};
      for (const [role, path] of Object.entries(paths))
        inputs[role] = await patient(() => client.upload(path));
      const { id } = await patient(() => client.job(kind, inputs, options, `${run}-${i}`));
      let job = await patient(() => view(id));
      while (job.state === 'queued' || job.state === 'running') {
        if (Date.now() > until) throw new Error(`job ${id} has not ended: ${JSON.stringify(job)}`);
        await new Promise((resolve) => setTimeout(resolve, 150));
        job = await patient(() => view(id));
      }
      if (job.state !== 'done') throw new Error(`job ${id} is ${job.state}: ${JSON.stringify(job.error)}`);
      if (job.results.length < 1) throw new Error(`job ${id} has no result`);
      const names = job.results.map(({ name }) => name);
      if (new Set(names).size !== names.length) throw new Error(`job ${id} was delivered twice: ${names}`);
      const bytes = await patient(() => client.result(job));
      const found = createHash('sha256').update(bytes).digest('hex');
      if (found !== job.results[0]!.sha256)
        throw new Error(`the bytes of job ${id} are not those of its digest`);
      if (found !== sha256) throw new Error(`job ${id} (${kind}) has another result than it should`);
      result.jobs++;
      result.attempts += job.attempts;
      onDone(result.jobs);
    }
  };
  await Promise.all(Array.from({ length: atATime }, sender));
  // Whatever was sent again: there is one job for each, and each has ended.
  const all = await patient(() => allJobs(client));
  const those = all.filter(({ created }) => Date.parse(created) >= began - 1000);
  if (those.length !== result.jobs) throw new Error(`${those.length} jobs were made of ${result.jobs}`);
  const open = those.filter(({ state }) => state !== 'done');
  if (open.length > 0) throw new Error(`${open.length} jobs are not done`);
  result.seconds = (Date.now() - began) / 1000;
  return result;
}

/** All jobs of a client's owner. */
export async function allJobs(client: Client): Promise<JobView[]> {
  const jobs: JobView[] = [];
  for (;;) {
    const before = jobs.length === 0 ? '' : `&before=${jobs.at(-1)!.id}`;
    const { status, body } = await client.call<{ jobs: JobView[] }>(`/v1/jobs?limit=100${before}`);
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
    const known = new Set(jobs.map(({ id }) => id));
    jobs.push(...body.jobs.filter(({ id }) => !known.has(id)));
    if (body.jobs.length < 100) return jobs;
  }
}

/** Jobs with their numbers, for several senders. */
function* numbered(jobs: Iterable<KnownJob>): Generator<[number, KnownJob]> {
  let i = 0;
  for (const job of jobs) yield [i++, job];
}

/** A client of a new owner, made by an administrator's. */
export async function newOwner(admin: Client, owner: string): Promise<Client> {
  const scopes = Object.keys(JOB_KINDS);
  const { status, body } = await admin.json('POST', '/v1/tokens', { owner, scopes });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return new Client(admin.url, body.token);
}
