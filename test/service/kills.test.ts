/** Programs that are killed (SIGKILL) and databases that end as in a power cut: no job is lost, none is delivered twice. */
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { randomGenerator } from '../../src/core/random.js';
import { fns, newFolder } from '../cli/fns.js';
import { Client } from './client.js';
import { type KnownJob, knownPictures, newOwner, runLoad } from './load.js';
import { freePort, postgresPrograms, startPostgres } from './postgres-server.js';
import { Program } from './programs.js';
import { startS3 } from './s3-server.js';

/** How often something is killed. */
const KILLS = Number(process.env.FNS_SERVICE_KILLS ?? 3);

const SHORT = ['--lease', '3', '--log-level', 'warn', '--requests', '100000'];
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function program(...args: string[]): Program {
  const made = new Program(args);
  ends.push(() => made.end('SIGKILL'));
  return made;
}

/** Sends a load while programs are killed; as many jobs as it takes for all the kills. */
async function loadWithKills(client: Client, known: KnownJob[], kill: (i: number) => Promise<void>) {
  const random = randomGenerator(7);
  let killed = 0;
  let next = 2;
  let killing = Promise.resolve();
  const jobs = Array.from({ length: 4 + 3 * KILLS }, (_, i) => known[i % known.length]!);
  const result = await runLoad(client, jobs, {
    seconds: 60 + 30 * KILLS,
    onDone(done) {
      if (done < next || killed === KILLS) return;
      next = done + 3;
      const i = killed++;
      killing = killing.then(async () => {
        await new Promise((resolve) => setTimeout(resolve, 300 * random()));
        await kill(i);
      });
    },
  });
  await killing;
  expect(killed).toBe(KILLS);
  return result;
}

test('the embedded service, killed as a whole', async () => {
  const folder = await newFolder();
  const known = await knownPictures(folder, 6);
  const args = ['serve', '--data', join(folder, 'data'), '--port', String(await freePort()), ...SHORT];
  const service = program(...args);
  const { url, token } = await service.start();
  const client = await newOwner(new Client(url!, token!), 'load');
  const result = await loadWithKills(client, known, () => service.restart());
  expect(result.jobs).toBe(4 + 3 * KILLS);
  expect(await service.end('SIGTERM')).toBe(0);
});

const hasPostgres = postgresPrograms() !== undefined;

test.skipIf(!hasPostgres)('workers, the web process and PostgreSQL, killed in turn', async () => {
  const folder = await newFolder();
  const known = await knownPictures(folder, 6);
  const [postgres, s3] = [await startPostgres(), await startS3()];
  ends.push(
    () => postgres.close(),
    () => s3.close(),
  );
  const places = ['--database', postgres.url, '--storage', s3.storage];
  const port = String(await freePort());
  const web = program('serve', ...places, '--port', port, ...SHORT);
  const workers = [0, 1].map(() => program('worker', ...places, '--threads', '1', ...SHORT.slice(0, 4)));
  const { url } = await web.start();
  await Promise.all(workers.map((worker) => worker.start()));
  const made = await fns([
    'token',
    'create',
    '--owner',
    'admin',
    '--scopes',
    'admin',
    '--database',
    postgres.url,
  ]);
  const client = await newOwner(new Client(url!, made.stdout.trim()), 'load');
  const victims = [
    () => workers[0]!.restart(),
    () => web.restart(),
    () => postgres.restart(),
    () => workers[1]!.restart(),
  ];
  const result = await loadWithKills(client, known, (i) => victims[i % victims.length]!());
  expect(result.jobs).toBe(4 + 3 * KILLS);
  // What the killed left in the store is found by its prefix alone: results of each job lie together.
  const folders = [...s3.objects.keys()].filter((key) => key.startsWith('test/jobs/'));
  expect(folders.length).toBeGreaterThanOrEqual(result.jobs);
  for (const each of [web, ...workers]) expect(await each.end('SIGTERM')).toBe(0);
});
