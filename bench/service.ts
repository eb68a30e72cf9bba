/**
 * What the service costs and how it grows:
 *   npx tsx bench/service.ts [--part queue|requests|workers] [--jobs 60] [--side 512]
 * queue: milliseconds that the queue itself takes of a job (sent, taken, ended), embedded and with PostgreSQL.
 * requests: how long a small request takes (GET /v1/jobs/:id), median and the slowest of a hundred.
 * workers: pictures a second by one worker on one core, and by two on two.
 * Needs a build and Debian's postgresql. Run it on an idle machine with two cores or more.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { DEFAULT_LIMITS } from '../src/service/limits.js';
import { openLog } from '../src/service/log.js';
import { openParts, type Places, type ServiceParts } from '../src/service/open.js';
import { endAttempt, type HeldJob, sendJob, takeJob } from '../src/service/records/attempt.js';
import { createToken } from '../src/service/records/token.js';
import { serve } from '../src/service/serve.js';
import { Client } from '../test/service/client.js';
import { startPostgres } from '../test/service/postgres-server.js';
import { Program } from '../test/service/programs.js';

const { values: args } = parseArgs({
  options: {
    part: { type: 'string' },
    jobs: { type: 'string', default: '60' },
    side: { type: 'string', default: '512' },
  },
});
const log = openLog('warn');
const folder = mkdtempSync(join(tmpdir(), 'fns-bench-'));
const postgres = await startPostgres();
const places: Places = { database: postgres.url, storage: join(folder, 'files') };
const wants = (part: string) => args.part === undefined || args.part === part;

/** The value below which a share of the numbers are. */
function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;
}

/** Seconds of the processor that the PostgreSQL server has taken: what counts on a machine that does other things too. */
function serverSeconds(): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      if (pid === String(postgres.pid) || fields[1] === String(postgres.pid))
        ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks / 100;
}

async function queueCost(name: string, { ledger }: ServiceParts): Promise<void> {
  const { database, queue } = ledger;
  const job = { owner: 'bench', kind: 'picture', queue: 'quick-auto', inputs: {}, options: {}, priority: 0 };
  const file = { name: 'picture.jpg', bytes: 1, sha256: '0' };
  const once = async () => {
    const start = performance.now();
    await database.transaction((tx) => sendJob(tx, queue, { ...job, limits: DEFAULT_LIMITS }));
    const sent = performance.now();
    // Others may have taken what was there when it asked.
    let taken: HeldJob | undefined;
    while (!taken) taken = await takeJob(ledger, 'bench', ['quick-auto']);
    const began = performance.now();
    const id = taken.attemptId;
    const files = [{ ...file, id, key: `jobs/${taken.id}/${id}/0` }];
    await endAttempt(ledger, taken, { type: 'done', files, pixels: 1, seconds: 1 });
    return [sent - start, began - sent, performance.now() - began];
  };
  for (let i = 0; i < 20; i++) await once();
  const before = [process.cpuUsage(), serverSeconds()] as const;
  const times: number[][] = [];
  for (let i = 0; i < 300; i++) times.push(await once());
  const middle = [0, 1, 2].map((part) =>
    quantile(
      times.map((t) => t[part]!),
      0.5,
    ),
  );
  const whole = times.map((t) => t.reduce((a, b) => a + b));
  const mean = whole.reduce((a, b) => a + b) / whole.length;
  console.log(
    `${name.padEnd(10)} sent ${middle[0]!.toFixed(2)} ms, taken ${middle[1]!.toFixed(2)} ms, ended ${middle[2]!.toFixed(2)} ms; a job ${mean.toFixed(2)} ms (mean), ${quantile(whole, 0.99).toFixed(2)} ms (p99)`,
  );
  const { user, system } = process.cpuUsage(before[0]);
  const server = (1000 * (serverSeconds() - before[1])) / times.length;
  const own = (user + system) / 1000 / times.length;
  console.log(
    `${name.padEnd(10)} of the processor: ${own.toFixed(2)} ms in Node, ${server.toFixed(2)} ms in PostgreSQL`,
  );
  const start = performance.now();
  const left = Array.from({ length: 1000 }).entries();
  const worker = async () => {
    for (const _ of left) await once();
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  console.log(
    `${name.padEnd(10)} eight at a time: ${(1e6 / (performance.now() - start)).toFixed(0)} jobs a second`,
  );
}

async function requests(client: Client, id: string): Promise<void> {
  for (const atATime of [1, 16]) {
    const times: number[] = [];
    const sender = async () => {
      while (times.length < 2000) {
        const start = performance.now();
        await client.call(`/v1/jobs/${id}`);
        times.push(performance.now() - start);
      }
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: atATime }, sender));
    const rate = (1000 * times.length) / (performance.now() - start);
    console.log(
      `${atATime} at a time: median ${quantile(times, 0.5).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(2)} ms, ${rate.toFixed(0)} a second (client and server on one machine)`,
    );
  }
}

/** Pictures a second by some workers, between the first and the last that are done. */
async function throughput(
  client: Client,
  parts: ServiceParts,
  photo: string,
  count: number,
): Promise<number> {
  const args_ = [
    '--database',
    postgres.url,
    '--storage',
    places.storage!,
    '--threads',
    '1',
    '--log-level',
    'warn',
  ];
  const workers = Array.from({ length: count }, () => new Program(['worker', ...args_]));
  for (const [core, worker] of workers.entries()) {
    await worker.start();
    // A core of its own: what a worker takes beside its one thread would blur what two of them add.
    execFileSync('taskset', ['-a', '-p', '-c', String(core), String(worker.pid)], { stdio: 'ignore' });
  }
  // Their processes and their styles are loaded first.
  const options = { style: 'wave' };
  const send = (n: number) =>
    Promise.all(Array.from({ length: n }, () => client.job('picture', { photo }, options)));
  for (const { id } of await send(4 * count)) await client.ended(id, 600);
  const jobs = await send(Number(args.jobs));
  for (const { id } of jobs) await client.ended(id, 3600);
  const [row] = await parts.ledger.database.query<{ seconds: number }>(
    `SELECT EXTRACT(epoch FROM max(finished) - min(finished))::float8 AS seconds FROM fns.job WHERE id = ANY ($1::uuid[])`,
    [jobs.map(({ id }) => id)],
  );
  for (const worker of workers) await worker.end('SIGTERM');
  return (jobs.length - 1) / row!.seconds;
}

try {
  console.log(`${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(2)} before`);
  const parts = await openParts(places, log);
  if (wants('queue')) {
    const embedded = await openParts({ data: join(folder, 'embedded') }, log);
    await queueCost('embedded', embedded);
    await embedded.close();
    await queueCost('PostgreSQL', parts);
  }
  const { token } = await createToken(parts.ledger.database, { owner: 'b', name: 'b', scopes: ['picture'] });
  const service = await serve({
    ...places,
    port: 0,
    jobs: 0,
    log: openLog('silent'),
    requestsPerMinute: 1e9,
  });
  const client = new Client(service.url, token);
  const side = Number(args.side);
  const photo = join(folder, 'photo.jpg');
  await sharp('examples/harbour.jpg').resize(side).toFile(photo);
  const file = await client.upload(photo);
  if (wants('requests')) {
    const { id } = await client.job('picture', { photo: file }, { style: 'wave' });
    await requests(client, id);
    await client.json('POST', `/v1/jobs/${id}/cancel`);
  }
  if (wants('workers')) {
    const one = await throughput(client, parts, file, 1);
    const two = await throughput(client, parts, file, 2);
    console.log(
      `pictures of ${side} pixels: ${one.toFixed(2)} a second by one worker on one core, ${two.toFixed(2)} by two: ${(two / one).toFixed(2)}x`,
    );
  }
  await service.close();
  await parts.close();
} finally {
  await postgres.close();
  rmSync(folder, { recursive: true, force: true });
}
