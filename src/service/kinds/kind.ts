/** The interface of a kind of job: what may be asked for, and what is run. */
import { z } from 'zod';
import type { JobEvent } from '../../jobs/job.js';
import type { Device } from '../../runtime/session.js';
import type { Limits } from '../limits.js';
import type { Lane } from '../queue.js';

/** The machine of a worker, as far as a job sees it. */
export interface Machine {
  device: Device;
  /** CPU threads. */
  threads: number;
  /** Bytes that drawing a picture, or frames at the same time, may take. */
  memory?: number;
}

/** A job as it is run, in a process of its own. */
export interface KindRun<Options = Record<string, unknown>> {
  options: Options;
  /** The paths of its files by role. */
  inputs: Readonly<Record<string, string>>;
  /** An empty folder for what it makes. */
  out: string;
  /** A folder for what another attempt may go on from. */
  work: string;
  /** What is to be made of a job that workers share, by a kind of parts. */
  part?: Record<string, unknown>;
  /** The files of all parts, in their order, where these are to be joined. */
  parts?: readonly string[];
  limits: Limits;
  machine: Machine;
  /** Aborted when the worker stops: what can go on elsewhere ends with a checkpoint. */
  signal: AbortSignal;
  onEvent(event: JobEvent): void;
  /** Says that the file of `work` is one that another attempt may go on from, in place of those before. */
  checkpoint(path: string): void;
}

/** What a job made. */
export interface KindResult {
  /** Files in `out`, in their order. */
  files: string[];
  /** Pixels of pictures that were made. */
  pixels: number;
  /** True when the signal ended it before it was done. */
  stopped?: boolean;
  /** Nothing is made yet: workers share it, each a part of this weight by this plan. */
  shared?: readonly { weight: number; plan: Record<string, unknown> }[];
}

/** What a worker runs. */
export interface RunnableKind {
  name: string;
  lane: Lane;
  /** Larger goes first. */
  priority: number;
  /** Whether another attempt goes on from a checkpoint of the one before. */
  goesOn?: boolean;
  /** The kind that makes its parts, where it can be shared. */
  parts?: string;
  /** Loads what runs it. */
  load(): Promise<(run: KindRun) => Promise<KindResult>>;
}

/** A kind of job that can be asked for. */
export interface JobKind extends RunnableKind {
  /** What it does, for the API's page. */
  description: string;
  /** The roles of its files. */
  inputs: z.ZodObject;
  /** Its options. */
  options: z.ZodObject;
  /** What options and inputs must be together; gives the sentence that says what is wrong. */
  check?(options: Record<string, unknown>, inputs: Record<string, string>): string | undefined;
}

/** The field of a file that a job is made of: the id of an upload, or of a result. */
export const fileId = (description: string) => z.uuid().describe(description);

/** The field of the device that a job wants. */
export const deviceField = z
  .enum(['auto', 'cpu', 'webgpu', 'cuda'])
  .default('auto')
  .describe('only workers that have this device take the job');
