/** Options that the commands of the service share. */
import { availableParallelism } from 'node:os';
import type { Option } from 'commander';
import { usage } from '../core/errors.js';
import { DEFAULT_LIMITS, type Limits, limitsSchema } from '../service/limits.js';
import { choice, countOption, listOption, numberOption, option } from './options.js';

/** The folder of a service where no other is given. */
export const SERVICE_FOLDER = 'fns-service';

/**
 * Where a service keeps what it knows. Addresses hold passwords, so that they may come from the environment. A worker
 * needs a server for the database.
 */
export function placeOptions({ hasStorage = true, isWorker = false } = {}): Option[] {
  const [files, server] = isWorker
    ? [
        'the service’s folder: its files, where there is no --storage',
        'the service’s PostgreSQL server, postgres://... (needed)',
      ]
    : [
        'the service’s folder: its database and its files',
        'a PostgreSQL server, postgres://... (default: embedded, in --data)',
      ];
  const places = [
    option('--data <folder>', files, undefined, SERVICE_FOLDER),
    option('--database <address>', server).env('FNS_DATABASE'),
  ];
  const storage = option(
    '--storage <place>',
    'where files lie: s3://KEY:SECRET@HOST/BUCKET/PREFIX?region=NAME, or a folder that all processes share (default: in --data)',
  ).env('FNS_STORAGE');
  return hasStorage ? [...places, storage] : places;
}

/** What a process that runs jobs may take of its machine. */
export function workOptions(): Option[] {
  return [
    option('--devices <names>', 'what this machine computes on: cpu, webgpu, cuda (default: cpu)', devices),
    option(
      '--threads <n>',
      `CPU threads of a job (default: ${availableParallelism()} / jobs)`,
      countOption('--threads'),
    ),
    option(
      '--drain <seconds>',
      'time that running jobs get at SIGTERM, before they go to another worker',
      numberOption('--drain'),
      30,
    ),
  ];
}

function devices(text: string): string[] {
  const names = listOption(text);
  const unknown = names.find((name) => !['cpu', 'webgpu', 'cuda'].includes(name));
  if (names.length === 0 || unknown !== undefined) {
    throw usage(`--devices needs cpu, webgpu or cuda, separated by commas, got '${text}'`);
  }
  return names;
}

/** `--limit`. */
export function limitOption(): Option {
  const names = Object.keys(DEFAULT_LIMITS).join(', ');
  return option('--limit <name=value...>', `another limit on jobs, such as pixels=50e6 (${names})`).argParser(
    (text: string, before: Partial<Limits> = {}) => {
      const [name = '', value = ''] = text.split('=');
      if (!Object.hasOwn(DEFAULT_LIMITS, name))
        throw usage(`--limit: there is no '${name}', there are ${names}`);
      const found = limitsSchema.partial().safeParse({ [name]: value === '' ? undefined : Number(value) });
      if (!found.success || value === '')
        throw usage(`--limit ${name} needs a whole number above 0, got '${value}'`);
      return { ...before, ...found.data };
    },
  );
}

/** `--lease`. */
export function leaseOption(): Option {
  return option(
    '--lease <seconds>',
    'time after which the job of a silent worker is given to another (default: 30)',
    numberOption('--lease', { above: true }),
  );
}

/** `--log-level`. */
export function logOption(): Option {
  return choice('--log-level <name>', 'what is logged', ['debug', 'info', 'warn', 'error', 'silent'], 'info');
}
