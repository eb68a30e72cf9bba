/** A job of the service, from its files to its result. */
import { Cancelled } from '../engine/worker-host.js';
import { ServiceFailure } from './failure.js';
import { addressOfService, ask, askJson, send } from './http.js';
import { sendFile } from './send-file.js';
import type { JobKind, OnStep } from './service.js';

/** A job as the API shows it. */
interface JobView {
  id: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  progress: { share: number; secondsLeft?: number } | null;
  error: { code: string; message: string } | null;
  results: { url: string }[];
  /** A link that needs no token. */
  events: string;
}

/** What a job is made of. */
export interface JobTask {
  kind: JobKind;
  /** Files by their role. One that was sent before is not sent again. */
  inputs: Record<string, Blob>;
  options: object;
  signal: AbortSignal;
  onStep?: OnStep;
}

/** Times that a stream of events is opened anew without a word from it, each a second later than the one before. */
const MOST_MISSES = 5;

/** A file of the service. */
interface Upload {
  id: Promise<string>;
  /** The same, once it is known. */
  known?: string;
  stop: AbortController;
}

/** Those whose jobs and files end with the page. */
const users = new Set<ServiceUser>();
addEventListener('pagehide', () => {
  for (const user of users) user.close(true);
});

/** Whoever has jobs done: the open photo, a queue, the open video. Its files are sent once and removed at the end. */
export class ServiceUser {
  readonly #uploads = new Map<Blob, Upload>();
  readonly #jobs = new Set<string>();
  /** The last job that was cancelled: until the service knows, its files cannot be removed. */
  #cancelling: Promise<unknown> = Promise.resolve();

  /** Has a job done that has one result. @throws like `results` */
  async run(task: JobTask): Promise<Blob> {
    const [result] = await this.results(task);
    return result!;
  }

  /**
   * Has a job done.
   *
   * @returns its results
   * @throws ServiceFailure, Cancelled when the signal is aborted, which cancels the job.
   */
  async results(task: JobTask): Promise<Blob[]> {
    const { signal, onStep } = task;
    users.add(this);
    onStep?.('sending');
    const job = await this.#make(task);
    this.#jobs.add(job.id);
    try {
      const { state, error, results } = await ended(job, task);
      if (state === 'failed') throw new ServiceFailure(error!.code, error!.message);
      if (state === 'cancelled') throw new ServiceFailure('cancelled');
      onStep?.('fetching');
      const onReceived = (share: number) => onStep?.('fetching', share);
      const blobs: Blob[] = [];
      for (const { url } of results) blobs.push(await ask({ method: 'GET', path: url, onReceived, signal }));
      void send('DELETE', `v1/jobs/${job.id}`);
      return blobs;
    } catch (error) {
      if (error instanceof Cancelled && this.#jobs.has(job.id)) this.#cancelling = cancel(job);
      throw error;
    } finally {
      this.#jobs.delete(job.id);
    }
  }

  /**
   * Cancels its jobs, and removes its files.
   *
   * @param isEnd the page goes, and waits for nothing
   */
  close(isEnd = false): void {
    users.delete(this);
    const cancelling = Promise.all([this.#cancelling, ...[...this.#jobs].map((id) => cancel({ id }))]);
    this.#jobs.clear();
    for (const { known, stop } of this.#uploads.values()) {
      stop.abort();
      if (known) void removeFile(known, isEnd ? undefined : cancelling);
    }
    this.#uploads.clear();
  }

  async #make({ kind, inputs, options, signal, onStep }: JobTask): Promise<JobView> {
    for (let isSecond = false; ; isSecond = true) {
      const known = Object.values(inputs).some((file) => this.#uploads.has(file));
      const ids: Record<string, string> = {};
      for (const [role, file] of Object.entries(inputs)) {
        ids[role] = await untilAborted(this.#upload(file, onStep), signal);
      }
      onStep?.('waiting');
      try {
        return await makeJob({ kind, inputs: ids, options }, signal);
      } catch (error) {
        // A file that was sent long ago may be gone.
        const isGone = error instanceof ServiceFailure && error.code === 'bad-request' && known;
        if (!isGone || isSecond) throw error;
        for (const file of Object.values(inputs)) this.#uploads.delete(file);
      }
    }
  }

  /** Sends a file. It goes on when the job that needs it is cancelled, because the next look needs it too. */
  #upload(file: Blob, onStep: OnStep | undefined): Promise<string> {
    const sent = this.#uploads.get(file);
    if (sent) return sent.id;
    const stop = new AbortController();
    const id = sendFile(file, stop.signal, (share) => onStep?.('sending', share));
    const upload: Upload = { id, stop };
    this.#uploads.set(file, upload);
    id.then(
      (known) => {
        upload.known = known;
      },
      () => this.#uploads.delete(file),
    );
    return id;
  }
}

/** Makes a job. One that is made although the signal was aborted is cancelled. */
async function makeJob(body: object, signal: AbortSignal): Promise<JobView> {
  const made = askJson<JobView>({ method: 'POST', path: 'v1/jobs', body });
  try {
    return await untilAborted(made, signal);
  } catch (error) {
    if (error instanceof Cancelled) {
      void made.then(cancel).catch(() => undefined);
    }
    throw error;
  }
}

const cancel = ({ id }: Pick<JobView, 'id'>) => send('POST', `v1/jobs/${id}/cancel`);

/** Milliseconds before a file is removed, again while a job that is being cancelled still reads it. */
const PAUSES = [0, 2000, 8000];

async function removeFile(id: string, after?: Promise<unknown>): Promise<void> {
  if (after) await after;
  for (const pause of PAUSES) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    if ((await send('DELETE', `v1/files/${id}`)) !== 409) return;
  }
}

/** The promise, or Cancelled as soon as the signal is aborted. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(new Cancelled());
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Cancelled());
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

const isOver = ({ state }: JobView) => state !== 'queued' && state !== 'running';

/** The job when it has ended. A stream of events that breaks is opened anew, with a new link. */
async function ended(made: JobView, { signal, onStep }: JobTask): Promise<JobView> {
  let job = made;
  for (let misses = 0; !isOver(job); ) {
    let isHeard = false;
    const onJob = (now: JobView) => {
      isHeard = true;
      job = now;
      if (now.state === 'running') onStep?.('drawing', now.progress?.share, now.progress?.secondsLeft);
    };
    await untilAborted(watched(job, signal, onJob), signal);
    if (isOver(job)) break;
    misses = isHeard ? 0 : misses + 1;
    if (misses > MOST_MISSES) throw new ServiceFailure('away');
    await untilAborted(new Promise((resolve) => setTimeout(resolve, 1000 * (1 + misses))), signal);
    job = await askJson<JobView>({ method: 'GET', path: `v1/jobs/${made.id}`, signal }).catch(passing(job));
  }
  return job;
}

/** Keeps what is known while the service is away; other failures are thrown. */
const passing = (job: JobView) => (error: unknown) => {
  if (error instanceof ServiceFailure && ['away', 'unavailable', 'too-many'].includes(error.code)) return job;
  throw error;
};

/** Told of every change of a job; resolves when it is over, or the stream breaks. */
function watched({ events }: JobView, signal: AbortSignal, onJob: (job: JobView) => void): Promise<void> {
  return new Promise((resolve) => {
    const source = new EventSource(addressOfService(events));
    const end = () => {
      source.close();
      signal.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end);
    source.onerror = end;
    source.addEventListener('job', ({ data }) => {
      const job = JSON.parse(data) as JobView;
      onJob(job);
      if (isOver(job)) end();
    });
  });
}
