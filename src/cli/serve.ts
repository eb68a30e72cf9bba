import { Command } from 'commander';
import { requireServicePackages } from '../service/packages.js';
import type { ServeOptions } from '../service/serve.js';
import { countOption, listOption, numberOption, option, withOptions } from './options.js';
import { globalFlags } from './run-job.js';
import { leaseOption, limitOption, logOption, placeOptions, workOptions } from './service-options.js';
import { untilStopped } from './until-stopped.js';
import { programVersion } from './version.js';

interface ServeFlags
  extends Omit<ServeOptions, 'log' | 'limits' | 'requestsPerMinute' | 'linkSeconds' | 'keepHours'> {
  drain: number;
  logLevel: string;
  limit?: ServeOptions['limits'];
  requests?: number;
  links?: number;
  keep?: number;
}

/** `fns serve`: the service for sites, apps and studios. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .summary('pictures, videos and trainings for sites and apps: an HTTP API with a queue of jobs')
    .description(
      'Serve an HTTP API: jobs for pictures, folders, videos, super-resolution and trainings, by one machine or many ' +
        '(docs/service.md). Ctrl-C or SIGTERM ends it well.',
    );
  return withOptions(command, [
    option(
      '--port <number>',
      'the port (default: 8330; 0: any that is free)',
      numberOption('--port', { whole: true }),
    ),
    option('--host <name>', 'the address to listen on; 0.0.0.0 lets other machines in (default: 127.0.0.1)'),
    ...placeOptions(),
    option(
      '--jobs <n>',
      'jobs at a time in this process (default: 1; with --database 0, for fns worker does them)',
      numberOption('--jobs', { whole: true }),
    ),
    ...workOptions(),
    option('--public-url <address>', 'the address that others know the service by, for its links'),
    option('--trust-proxy', 'believe X-Forwarded-For: only behind a proxy that sets it'),
    option('--requests <n>', 'requests a minute of one token (default: 600)', countOption('--requests')),
    option('--links <seconds>', 'time that links to results hold (default: 3600)', countOption('--links')),
    option(
      '--keep <hours>',
      'time that results are kept after their jobs, and uploads (default: 72)',
      numberOption('--keep', { above: true }),
    ),
    option(
      '--allow-urls <hosts>',
      'hosts that files are fetched from by their address, such as images.example.com,*.example.org (default: none)',
      listOption,
    ),
    limitOption(),
    leaseOption(),
    logOption(),
  ])
    .addHelpText(
      'after',
      `
Examples:
  fns serve                                              this machine alone: nothing to install or to run beside it
  fns token create --owner site
  fns serve --database postgres://fns@db/fns --storage s3://KEY:SECRET@minio:9000/fns --host 0.0.0.0
  fns worker --database postgres://fns@db/fns --storage s3://KEY:SECRET@minio:9000/fns`,
    )
    .action(
      async ({ drain, logLevel, limit, requests, links, keep, ...options }: ServeFlags, command: Command) => {
        requireServicePackages();
        const { serve } = await import('../service/serve.js');
        const { openLog } = await import('../service/log.js');
        const service = await serve({
          ...options,
          log: openLog(logLevel),
          limits: limit,
          requestsPerMinute: requests,
          linkSeconds: links,
          keepHours: keep,
          version: programVersion,
        });
        const { json, quiet } = globalFlags(command);
        const { url, firstToken } = service;
        if (json)
          console.log(JSON.stringify({ type: 'serving', url, ...(firstToken && { token: firstToken }) }));
        else {
          console.log(url);
          if (firstToken) console.log(`the first token, which may do everything: ${firstToken}`);
          if (!quiet) console.error(`${url}/docs has the API; Ctrl-C ends it`);
        }
        await untilStopped((seconds) => service.close(seconds), drain);
      },
    );
}
