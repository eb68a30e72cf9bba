/** A worker: takes jobs that its devices fit, and runs as many at a time as it has places. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { newProcessFolder } from '../../node/process-folder.js';
import type { Device } from '../../runtime/session.js';
import { newRunner, type Runner } from '../child/runner.js';
import { RUNNABLE_KINDS } from '../job-kinds.js';
import type { Log } from '../log.js';
import { queueName } from '../queue.js';
import {
  type AttemptEnd,
  beat,
  freeLostJobs,
  type HeldJob,
  type Ledger,
  takeJob,
} from '../records/attempt.js';
import { type Job, QUEUE_CHANNEL } from '../records/job.js';
import { beatWorker, removeWorker } from '../records/worker.js';
import { repeat } from '../repeat.js';
import type { Storage } from '../storage/storage.js';
import { CANCELLED, LOST, runAttempt } from './run-attempt.js';

/** How a worker works. */
export interface WorkerOptions {
  /** The devices that it has; `cpu` alone by default. The last is the one that jobs without a wish run on. */
  devices: readonly Exclude<Device, 'auto'>[];
  /** Jobs at a time. */
  slots: number;
  /** CPU threads of each job. */
  threads: number;
  /** Seconds between heartbeats. */
  heartbeat: number;
  /** Seconds without a heartbeat after which a job is free for others. */
  lease: number;
  /** Told how each attempt ended. */
  onEnd?: (job: HeldJob, state: AttemptEnd, seconds: number) => void;
}

/** A worker that runs. */
export interface Worker {
  readonly id: string;
  /** Jobs that run now. */
  readonly running: number;
  /**
   * Takes no more jobs, and ends when those that run have ended. After the seconds given they are stopped: those that
   * can go on elsewhere, the others begin anew there.
   */
  drain(seconds: number): Promise<void>;
}

/** Seconds between looks for jobs: a notification comes sooner, unless it was lost. */
const POLL = 2;

interface Slot {
  runner: Runner;
  job?: HeldJob;
  /** Ends the attempt; its reason says why. */
  abort?: AbortController;
  progress: Job['progress'];
}

/** Starts a worker. */
export async function startWorker(
  ledger: Ledger,
  storage: Storage,
  { devices, slots: count, threads, heartbeat, lease, onEnd }: WorkerOptions,
  log: Log,
): Promise<Worker> {
  const id = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const folder = await newProcessFolder('fns-worker-');
  const slots: Slot[] = Array.from({ length: count }, () => ({ runner: newRunner(), progress: null }));
  const machine = { device: devices.at(-1)!, threads };
  let draining = false;
  /** Nothing is begun any more. */
  let stopped = false;
  const sleepers = new Set<() => void>();
  const wake = () => {
    for (const go of [...sleepers]) go();
  };
  const sleep = (seconds: number) =>
    new Promise<void>((resolve) => {
      const go = () => {
        clearTimeout(timer);
        sleepers.delete(go);
        resolve();
      };
      // Spread, so that a thousand workers do not ask at once.
      const timer = setTimeout(go, 1000 * seconds * (0.75 + Math.random() / 2));
      sleepers.add(go);
    });
  await ledger.database.listen(QUEUE_CHANNEL, wake);

  const fits = (lane: 'quick' | 'long') =>
    (['auto', ...devices] as const).map((device) => queueName(lane, device));
  const work = async (slot: Slot, queues: readonly string[]) => {
    while (!draining) {
      let job: HeldJob | undefined;
      try {
        job = await takeJob(ledger, id, queues);
      } catch (error) {
        log.warn({ error: (error as Error).message }, 'cannot ask for jobs');
      }
      if (!job) {
        if (!draining) await sleep(POLL);
        continue;
      }
      slot.job = job;
      slot.abort = new AbortController();
      if (stopped) slot.abort.abort(STOPPED);
      slot.progress = null;
      const began = Date.now();
      try {
        const { signal } = slot.abort;
        const context = { ledger, storage, runner: slot.runner, machine, folder, log, signal };
        const state = await runAttempt(job, context, ({ share, secondsLeft, part }) => {
          slot.progress = { share, secondsLeft, part };
        });
        onEnd?.(job, state, (Date.now() - began) / 1000);
      } catch (error) {
        // Nobody could be told: the lease ends, and another worker takes the job.
        log.error(
          { job: job.id, error: (error as Error).message },
          'the end of an attempt could not be written down',
        );
      } finally {
        slot.job = undefined;
      }
    }
  };
  const running = () => slots.filter(({ job }) => job !== undefined);
  const onError = (error: Error) => log.warn({ error: error.message }, 'the database cannot be told');
  const beats = repeat(
    heartbeat,
    async () => {
      // The attempts of now: when the answer comes, their places may have others.
      const holding = running().map(({ job, abort, progress }) => {
        const { id, attemptId, parent } = job!;
        return { abort, said: { id, attemptId, progress, parent } };
      });
      const known = await beat(
        ledger,
        holding.map(({ said }) => said),
      );
      for (const { abort, said } of holding) {
        const found = known.get(said.attemptId);
        if (found?.cancel) abort?.abort(CANCELLED);
        else if (!found) abort?.abort(LOST);
      }
      await beatWorker(ledger.database, { id, devices, slots: count, running: holding.length, draining });
    },
    onError,
  );
  const reaper = repeat(
    lease / 2,
    async () => {
      const freed = await freeLostJobs(ledger, lease);
      if (freed > 0) log.warn({ freed }, 'jobs of lost workers are free again');
    },
    onError,
  );
  // With several places one is for quick jobs alone, so that these do not wait behind trainings.
  const loops = slots.map((slot, i) =>
    work(slot, i === 0 && count > 1 ? fits('quick') : [...fits('quick'), ...fits('long')]),
  );
  log.info({ worker: id, devices, slots: count, threads }, 'worker started');

  return {
    id,
    get running() {
      return running().length;
    },
    async drain(seconds) {
      draining = true;
      wake();
      const all = Promise.all(loops);
      const isDone = await Promise.race([all.then(() => true), later(seconds)]);
      if (!isDone) {
        stopped = true;
        for (const { runner, job, abort } of running()) {
          // One whose files are still fetched has nothing that it could go on from.
          if (runner.isBusy && RUNNABLE_KINDS[job!.kind]?.goesOn) runner.stop();
          else abort?.abort(STOPPED);
        }
        await Promise.race([all, later(STOPPING)]);
        for (const { abort } of running()) abort?.abort(STOPPED);
      }
      await all;
      await Promise.all([beats.stop(), reaper.stop()]);
      for (const { runner } of slots) await runner.close();
      await removeWorker(ledger.database, id).catch(() => {});
      await rm(folder, { recursive: true, force: true });
      log.info({ worker: id }, 'worker ended');
    },
  };
}

const STOPPED = 'the worker was stopped';

/** Seconds that a job may take to write its checkpoint when it is stopped. */
const STOPPING = 20;

async function later(seconds: number): Promise<false> {
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds).unref());
  return false;
}
