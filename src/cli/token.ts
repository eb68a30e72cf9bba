import { Command } from 'commander';
import type { Places } from '../service/open.js';
import { requireServicePackages } from '../service/packages.js';
import type { Tokens } from '../service/tokens.js';
import { countOption, listOption, numberOption, option, withOptions } from './options.js';
import { globalFlags } from './run-job.js';
import { placeOptions } from './service-options.js';

interface CreateFlags extends Places {
  owner: string;
  name?: string;
  scopes?: string[];
  days?: number;
  bytes?: number;
  pixels?: number;
  seconds?: number;
  jobs?: number;
}

/** `fns token`: who may use the service. */
export function tokenCommand(): Command {
  return new Command('token')
    .summary('say who may use the service, and how much')
    .description('Make, list and end tokens of a service (fns serve).')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  const command = new Command('create')
    .description('Make a token, and print it this once.')
    .requiredOption('--owner <name>', 'whose jobs and files it sees; several tokens may have one owner')
    .option('--name <text>', 'a name to know it by')
    .option(
      '--scopes <names>',
      'what it may do: kinds of jobs (picture, folder, upscale, video, train), url, metrics, admin (default: all but admin)',
      listOption,
    )
    .option(
      '--days <n>',
      'days that it holds (default: without end)',
      numberOption('--days', { above: true }),
    );
  return withOptions(command, [
    option('--bytes <n>', 'bytes that its owner may upload on a day', countOption('--bytes')),
    option('--pixels <n>', 'pixels that its owner may have made on a day', countOption('--pixels')),
    option('--seconds <n>', 'seconds that its owner may have computed on a day', countOption('--seconds')),
    option('--jobs <n>', 'jobs of its owner that may wait or run at a time', countOption('--jobs')),
    ...placeOptions({ hasStorage: false }),
  ])
    .addHelpText(
      'after',
      '\nExamples:\n  fns token create --owner site --scopes picture,upscale --pixels 1e9',
    )
    .action(async ({ bytes, pixels, seconds, jobs, ...flags }: CreateFlags, command: Command) => {
      requireServicePackages();
      const { checkedToken } = await import('../service/tokens.js');
      const { data, database, ...request } = flags;
      const token = checkedToken({ ...request, quotas: { bytes, pixels, seconds, jobs } });
      const made = await withTokens({ data, database }, (tokens) => tokens.create(token));
      console.log(globalFlags(command).json ? JSON.stringify(made) : made.token);
    });
}

function listCommand(): Command {
  return withOptions(new Command('list').description('List the tokens, without their secrets.'), [
    ...placeOptions({ hasStorage: false }),
  ]).action(async (places: Places, command: Command) => {
    for (const token of await withTokens(places, (tokens) => tokens.list())) {
      if (globalFlags(command).json) {
        console.log(JSON.stringify(token));
        continue;
      }
      const { id, owner, name, scopes, revoked, expires } = token;
      const isOver = expires !== null && new Date(expires) < new Date();
      const state = revoked !== null ? 'ended' : isOver ? 'expired' : 'valid';
      console.log(`${id}  ${state.padEnd(7)}  ${owner}  ${name}  ${scopes.join(',')}`);
    }
  });
}

function revokeCommand(): Command {
  const command = new Command('revoke')
    .description('End a token.')
    .argument('<id>', 'its id, of fns token list');
  return withOptions(command, placeOptions({ hasStorage: false })).action(
    async (id: string, places: Places) => {
      await withTokens(places, (tokens) => tokens.revoke(id));
    },
  );
}

async function withTokens<T>(places: Places, work: (tokens: Tokens) => Promise<T>): Promise<T> {
  requireServicePackages();
  const { openTokens } = await import('../service/tokens.js');
  const tokens = await openTokens(places);
  try {
    return await work(tokens);
  } finally {
    await tokens.close();
  }
}
