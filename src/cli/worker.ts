import { Command } from 'commander';
import { requireServicePackages } from '../service/packages.js';
import type { WorkOptions } from '../service/work.js';
import { countOption, numberOption, option, withOptions } from './options.js';
import { globalFlags } from './run-job.js';
import { leaseOption, logOption, placeOptions, workOptions } from './service-options.js';
import { untilStopped } from './until-stopped.js';

interface WorkerFlags extends Omit<WorkOptions, 'log'> {
  drain: number;
  logLevel: string;
}

/** `fns worker`: takes jobs of a service. */
export function workerCommand(): Command {
  const command = new Command('worker')
    .summary('take jobs of fns serve, on any machine')
    .description(
      'Take jobs of a service that has its database on a PostgreSQL server. At SIGTERM jobs that run may end, or go to ' +
        'another worker.',
    );
  return withOptions(command, [
    ...placeOptions({ isWorker: true }),
    option('--jobs <n>', 'jobs at a time (default: 1)', countOption('--jobs')),
    ...workOptions(),
    option(
      '--port <number>',
      'a port with /healthz, /readyz and /metrics',
      numberOption('--port', { whole: true }),
    ),
    option('--host <name>', 'the address of that port (default: 127.0.0.1)'),
    leaseOption(),
    logOption(),
  ])
    .addHelpText(
      'after',
      `
Examples:
  fns worker --database postgres://fns@db/fns --storage s3://KEY:SECRET@minio:9000/fns
  fns worker --database postgres://fns@db/fns --storage /shared/fns --devices cpu,cuda --jobs 2`,
    )
    .action(async ({ drain, logLevel, ...options }: WorkerFlags, command: Command) => {
      requireServicePackages();
      const { work } = await import('../service/work.js');
      const { openLog } = await import('../service/log.js');
      const worker = await work({ ...options, log: openLog(logLevel) });
      const { id, url } = worker;
      if (globalFlags(command).json) console.log(JSON.stringify({ type: 'working', worker: id, url }));
      else console.log(url === undefined ? id : `${id} ${url}`);
      await untilStopped((seconds) => worker.close(seconds), drain);
    });
}
