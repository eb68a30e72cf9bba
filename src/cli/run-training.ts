/** Commands that train: a training begins, or with `--resume` one goes on. */
import type { Command } from 'commander';
import { usage } from '../core/errors.js';
import type { JobOptions } from '../jobs/job.js';
import type { ResumeOptions } from '../jobs/resume.js';
import { shortPath } from '../jobs/short-path.js';
import type { TrainingResult } from '../jobs/training-result.js';
import { LENGTHS } from '../train/complete-config.js';
import { flagOf } from './flag.js';
import { duration } from './progress.js';
import { type RunOptions, runJob } from './run-job.js';

const MACHINE = ['device', 'threads'] as const;

/** The options that may always be new when a training goes on: its places, its length and its machine. */
const RENEWED = ['out', 'force', 'weights', ...LENGTHS, ...MACHINE] as const;

/** The two ways of a command that trains. */
export interface TrainingWays<Flags, Place extends keyof Flags & string> {
  /** The options that name its pictures, which may have moved when it goes on. */
  places: readonly Place[];
  /** Checks the options of a new training, and runs it. */
  begin(flags: Flags): Promise<TrainingJob> | TrainingJob;
  goOn(
    folder: string,
    options: ResumeOptions & Partial<Pick<Flags, Place>>,
    job: JobOptions,
  ): Promise<TrainingResult>;
}

/** A training, ready to run. */
type TrainingJob = (job: JobOptions) => Promise<TrainingResult>;

/**
 * Runs a command that trains.
 *
 * @throws FnsError (usage) when `--resume` stands beside options that belong to the training itself.
 */
export async function runTrainingCommand<Flags extends ResumeOptions, Place extends keyof Flags & string>(
  command: Command,
  { resume, ...others }: Flags & { resume?: string },
  { places, begin, goOn }: TrainingWays<Flags, Place>,
): Promise<void> {
  const flags = others as unknown as Flags;
  let job: TrainingJob;
  if (resume === undefined) job = await begin(flags);
  else {
    requireOnly(command, flags, places);
    const options = renewed(command, flags, places);
    job = (running) => goOn(resume, options, running);
  }
  await runJob(command, job, trainingEnd(command.name()));
}

/** The options of a training that goes on. The device and the threads are its own unless they were typed. */
function renewed<Flags extends ResumeOptions, Place extends keyof Flags & string>(
  command: Command,
  flags: Flags,
  places: readonly Place[],
): ResumeOptions & Partial<Pick<Flags, Place>> {
  const isMeant = (key: string) =>
    !MACHINE.some((name) => name === key) || command.getOptionValueSource(key) === 'cli';
  const keys = [...RENEWED, ...places].filter(isMeant);
  return Object.fromEntries(keys.map((key) => [key, flags[key]])) as Partial<Flags>;
}

/** @throws FnsError (usage) naming the first option that may not be new when a training goes on. */
function requireOnly(command: Command, flags: object, places: readonly string[]): void {
  const may: readonly string[] = [...RENEWED, ...places];
  const other = Object.keys(flags).find(
    (name) => !may.includes(name) && command.getOptionValueSource(name) === 'cli',
  );
  if (other === undefined) return;
  const names = ['out', ...places, 'weights'].map(flagOf).join(', ');
  throw usage(
    `--resume goes on with the options of the training; only --steps, --epochs or --minutes, --device, --threads and the places (${names}) may be new, not ${flagOf(other)}`,
  );
}

/** How a command that trains ends. */
function trainingEnd(command: string): RunOptions<TrainingResult> {
  return {
    stopping: 'stopping after this step',
    shortPaths: true,
    closing: ({ steps, seconds, device, stopped, losses, folder }) => {
      if (!losses) {
        return [
          `this training is finished after ${steps} steps: --steps, --epochs or --minutes make it longer`,
        ];
      }
      const how = `${steps} steps in ${duration(seconds)} on ${device}`;
      return stopped
        ? [`stopped after ${how}`, `to go on: fns ${command} --resume ${shortPath(folder!)}`]
        : [`trained ${how}`];
    },
  };
}
