/** One attempt at a job: its files are fetched, a process runs it, its results are stored and written down. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { JobProgress } from '../../jobs/job.js';
import { type RunEnd, type Runner, TOO_LARGE } from '../child/runner.js';
import { RUNNABLE_KINDS } from '../job-kinds.js';
import type { KindResult, Machine, RunnableKind } from '../kinds/kind.js';
import type { Limits } from '../limits.js';
import type { Log } from '../log.js';
import {
  type AttemptEnd,
  endAttempt,
  type HeldJob,
  hasDelivered,
  keepCheckpoint,
  type Ledger,
  type Outcome,
} from '../records/attempt.js';
import { readFileRecord, type StoredFile } from '../records/file.js';
import { filesOfParts } from '../records/parts.js';
import { checkpointPrefix, resultPrefix } from '../records/places.js';
import type { Storage } from '../storage/storage.js';
import { type AttemptFolder, inputName, newAttemptFolder } from './attempt-folder.js';

/** What an attempt works with. */
export interface AttemptContext {
  ledger: Ledger;
  storage: Storage;
  runner: Runner;
  machine: Machine;
  /** The worker's folder for temporary files. */
  folder: string;
  log: Log;
  /** Ends it before it is done: its reason says why. */
  signal: AbortSignal;
}

/** Why a job is killed. */
export const CANCELLED = 'cancelled';
export const LOST = 'another worker has the job';
const TOO_LONG = 'the job took more time than a job may';

/** Seconds that the end of an attempt is tried to be written down: a database that is restarted is back by then. */
const PATIENCE = 60;

/**
 * Runs an attempt to its end, whatever that is.
 *
 * @param onProgress told how far it is
 */
export async function runAttempt(
  job: HeldJob,
  context: AttemptContext,
  onProgress: (progress: JobProgress) => void,
): Promise<AttemptEnd> {
  const { ledger, storage, log } = context;
  const began = Date.now();
  const folder = await newAttemptFolder(context.folder, job.attemptId);
  let outcome: Outcome | 'lost';
  try {
    outcome = await outcomeOf(job, folder, context, onProgress);
  } catch (error) {
    log.warn({ job: job.id, error: (error as Error).message }, 'an attempt failed');
    outcome = { type: 'again', why: `the worker had an error: ${(error as Error).message}` };
  }
  try {
    const state =
      outcome === 'lost' ? 'lost' : await written(() => endAttempt(ledger, job, outcome as Outcome));
    const isLost = state === 'lost' && !(await written(() => hasDelivered(ledger, job)));
    if (isLost || (state !== 'done' && state !== 'lost')) await storage.remove(resultPrefix(job));
    // Who comes next goes on from there.
    if (job.parent === null && state !== 'queued' && state !== 'lost')
      await storage.remove(checkpointPrefix(job.id));
    log.info(
      {
        ...{ job: job.id, kind: job.kind, state, attempt: job.attempts, ms: Date.now() - began },
        ...(job.parent !== null && { parent: job.parent, part: job.part?.number }),
      },
      'attempt ended',
    );
    return state === 'lost' && !isLost ? 'done' : state;
  } finally {
    await folder.remove();
  }
}

/** Does it again while the database cannot be reached. */
async function written<T>(write: () => Promise<T>): Promise<T> {
  const until = Date.now() + 1000 * PATIENCE;
  for (let wait = 100; ; wait = Math.min(2 * wait, 2000)) {
    try {
      return await write();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** What drawing may take of the memory of a job, which has more in its process. */
const DRAWING_SHARE = 0.6;

/** Bytes that a job may draw with: no more than programs take by themselves, and less than it is ended for. */
function drawingMemory({ memoryBytes }: Limits): number {
  return Math.min(totalmem() / 4, DRAWING_SHARE * memoryBytes);
}

async function outcomeOf(
  job: HeldJob,
  folder: AttemptFolder,
  context: AttemptContext,
  onProgress: (progress: JobProgress) => void,
): Promise<Outcome | 'lost'> {
  const { runner, machine, signal } = context;
  const refused = (message: string): Outcome => ({
    type: 'failed',
    error: { code: 'refused', message },
    seconds: 0,
  });
  const kind = RUNNABLE_KINDS[job.kind];
  // A worker of another version may be older than the web process.
  if (!kind) return { type: 'again', why: `this worker knows no jobs of the kind ${job.kind}` };
  const inputs = await fetchInputs(job, folder, context);
  if (typeof inputs === 'string') return refused(inputs);
  await fetchCheckpoint(job, folder, context);
  const parts = job.parts === null ? undefined : await fetchParts(job, folder, context);
  const seconds = kind.lane === 'quick' ? job.limits.quickSeconds : job.limits.longSeconds;
  const timer = setTimeout(() => runner.kill(TOO_LONG), 1000 * seconds);
  const kill = () => runner.kill(String(signal.reason));
  signal.addEventListener('abort', kill);
  const checkpoints = checkpointKeeper(job, context);
  const began = Date.now();
  let end: RunEnd;
  try {
    const { options, limits } = job;
    const { out, work } = folder;
    const onCheckpoint = (path: string) => checkpoints.keep(path);
    const own = options.device === undefined || options.device === 'auto' ? machine.device : options.device;
    end = signal.aborted
      ? { type: 'gone', why: String(signal.reason) }
      : await runner.run(
          {
            kind: job.kind,
            options,
            inputs,
            ...{ part: job.part?.plan, parts },
            out,
            work,
            limits,
            machine: { ...machine, device: own as Machine['device'], memory: drawingMemory(limits) },
          },
          { onProgress, onCheckpoint },
        );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    await checkpoints.kept();
  }
  return outcomeOfRun(job, kind, end, (Date.now() - began) / 1000, context);
}

async function outcomeOfRun(
  job: HeldJob,
  { parts: kind, priority }: RunnableKind,
  end: RunEnd,
  seconds: number,
  context: AttemptContext,
): Promise<Outcome | 'lost'> {
  if (end.type === 'done') {
    const { stopped, shared } = end.result;
    if (stopped) return { type: 'again', why: 'the worker was stopped' };
    if (shared) return { type: 'shared', parts: { kind: kind!, priority, parts: shared }, seconds };
    return {
      type: 'done',
      files: await storeResults(job, end.result, context),
      pixels: end.result.pixels,
      seconds,
    };
  }
  if (end.type === 'failed') {
    if (!end.isOwn) return { type: 'again', why: end.message };
    return { type: 'failed', error: { code: 'refused', message: end.message }, seconds };
  }
  const { why } = end;
  if (why === LOST) return 'lost';
  if (why === CANCELLED) return { type: 'cancelled', seconds };
  if (why === TOO_LONG) return { type: 'failed', error: { code: 'too-long', message: why }, seconds };
  if (why === TOO_LARGE) return { type: 'failed', error: { code: 'too-large', message: why }, seconds };
  return { type: 'again', why };
}

/** Fetches the files of a job. @returns their paths by role, or what is wrong. */
async function fetchInputs(
  job: HeldJob,
  folder: AttemptFolder,
  { ledger, storage }: AttemptContext,
): Promise<Record<string, string> | string> {
  const paths: Record<string, string> = {};
  for (const [role, id] of Object.entries(job.inputs)) {
    const file = await readFileRecord(ledger.database, id, job.owner);
    const path = join(folder.inputs, inputName(role, file?.name ?? ''));
    if (!file || !(await storage.getFile(file.key, path))) return `the file of ${role} is there no more`;
    paths[role] = path;
  }
  return paths;
}

/** Fetches what the parts of a job made. @returns the files, in the order of parts, all in one folder */
async function fetchParts(
  { id }: HeldJob,
  { work }: AttemptFolder,
  { ledger, storage }: AttemptContext,
): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, { job, name, key }] of (await filesOfParts(ledger.database, id)).entries()) {
    const path = join(work, `${job}-${name}`);
    if (!(await storage.getFile(key, path))) throw new Error(`file ${i} of the parts is there no more`);
    paths.push(path);
  }
  return paths;
}

async function fetchCheckpoint(
  job: HeldJob,
  folder: AttemptFolder,
  { storage, log }: AttemptContext,
): Promise<void> {
  if (job.checkpoint === null) return;
  const isThere = await storage.getFile(job.checkpoint, join(folder.work, basename(job.checkpoint)));
  if (isThere) log.info({ job: job.id }, 'going on from a checkpoint');
  else log.warn({ job: job.id }, 'a checkpoint is missing: the job begins anew');
}

/** Stores checkpoints, one at a time; of those that come meanwhile the last. */
function checkpointKeeper(job: HeldJob, { ledger, storage, log }: AttemptContext) {
  let storing: Promise<void> | undefined;
  let next: string | undefined;
  let number = 0;
  let last = job.checkpoint;
  const store = async (path: string) => {
    const key = `${checkpointPrefix(job.id)}${job.attemptId}-${++number}/${basename(path)}`;
    try {
      await storage.putFile(key, path);
      // Of a job that was removed nobody else would remove it.
      if (!(await keepCheckpoint(ledger, job, key))) return await storage.remove(key);
      if (last) await storage.remove(last);
      last = key;
    } catch (error) {
      log.warn({ job: job.id, error: (error as Error).message }, 'a checkpoint could not be stored');
    }
  };
  const run = async () => {
    while (next !== undefined) {
      const path = next;
      next = undefined;
      await store(path);
    }
    storing = undefined;
  };
  return {
    keep(path: string) {
      next = path;
      storing ??= run();
    },
    kept: async () => storing,
  };
}

async function storeResults(
  job: HeldJob,
  { files }: KindResult,
  { storage }: AttemptContext,
): Promise<Omit<StoredFile, 'created' | 'owner' | 'job'>[]> {
  const stored = [];
  for (const [i, path] of files.entries()) {
    const name = basename(path);
    const key = `${resultPrefix(job)}${String(i).padStart(4, '0')}-${name}`;
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    await storage.putFile(key, path);
    stored.push({ id: randomUUID(), name, key, bytes: (await stat(path)).size, sha256: hash.digest('hex') });
  }
  return stored;
}
