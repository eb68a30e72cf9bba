/**
 * The service under a mixed load, while something is killed (SIGKILL) every 20 seconds and the database ends as in a
 * power cut every 60: every job must end once, with the result that it has without any of that.
 *   npx tsx bench/service-soak.ts [--database embedded|postgres] [--seconds 240] [--every 20]
 * Needs a build, ffmpeg, and for `postgres` Debian's postgresql.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { files } from 'fast-neural-style';
import { zipSync } from 'fflate';
import { randomGenerator } from '../src/core/random.js';
import { fns } from '../test/cli/fns.js';
import { smallVgg } from '../test/runtime/small-training.js';
import { Client } from '../test/service/client.js';
import { type KnownJob, knownPictures, newOwner, runLoad } from '../test/service/load.js';
import { freePort, startPostgres } from '../test/service/postgres-server.js';
import { Program } from '../test/service/programs.js';
import { startS3 } from '../test/service/s3-server.js';
import { ffmpeg, testPicture } from '../test/video/clips.js';

const { values: args } = parseArgs({
  options: {
    database: { type: 'string', default: 'embedded' },
    seconds: { type: 'string', default: '240' },
    every: { type: 'string', default: '20' },
  },
});
const seconds = Number(args.seconds);
const every = Number(args.every);
const isPostgres = args.database === 'postgres';
const folder = mkdtempSync(join(tmpdir(), 'fns-soak-'));
const at = (...parts: string[]) => join(folder, ...parts);

/** One job of each other kind; what their results are, the service says before anything is killed. */
async function otherJobs(): Promise<Omit<KnownJob, 'sha256'>[]> {
  const photos = Object.fromEntries(
    await Promise.all(
      [0, 1, 2].map(async (i) => [`${i}.png`, new Uint8Array(await readFile(at(`photo-${i}.png`)))]),
    ),
  );
  writeFileSync(at('photos.zip'), zipSync(photos));
  await ffmpeg(...testPicture({ seconds: 1 }), '-shortest', at('clip.mp4'));
  // Segments of four frames: enough for parts that workers share.
  await ffmpeg(...testPicture({ seconds: 20, rate: '1' }), at('long.mp4'));
  const layers = { styleLayers: ['relu1_2', 'relu2_2'], contentLayers: ['relu2_2'] };
  return [
    { kind: 'upscale', inputs: { photo: at('photo-0.png') }, options: { format: 'png' } },
    { kind: 'folder', inputs: { photos: at('photos.zip') }, options: { style: 'wave', format: 'png' } },
    { kind: 'video', inputs: { video: at('clip.mp4') }, options: { style: 'wave' } },
    { kind: 'video', inputs: { video: at('long.mp4') }, options: { style: 'wave' } },
    {
      kind: 'train',
      inputs: { painting: at('photo-1.png'), photos: at('photos.zip') },
      options: { steps: 60, size: 32, width: 4, batch: 1, init: 'none', checkpointEvery: 10, ...layers },
    },
  ];
}

/** The digest of a job's first result, while nothing is killed. */
async function withDigest(client: Client, job: Omit<KnownJob, 'sha256'>): Promise<KnownJob> {
  const inputs: Record<string, string> = {};
  for (const [role, path] of Object.entries(job.inputs)) inputs[role] = await client.upload(path);
  const ended = await client.ended((await client.job(job.kind, inputs, job.options)).id, 120);
  if (ended.state !== 'done') throw new Error(`${job.kind}: ${JSON.stringify(ended)}`);
  return { ...job, sha256: ended.results[0]!.sha256 };
}

/** Jobs until the time is over, of which most are pictures. */
function* mixed(
  pictures: readonly KnownJob[],
  others: readonly KnownJob[],
  until: number,
  counts: Map<string, number>,
) {
  const random = randomGenerator(3);
  while (Date.now() < until) {
    const from = random() < 0.8 ? pictures : others;
    const job = from[Math.floor(from.length * random())]!;
    counts.set(job.kind, (counts.get(job.kind) ?? 0) + 1);
    yield job;
  }
}

mkdirSync(at('weights'));
writeFileSync(at('weights', 'vgg16.safetensors'), files.writeSafetensors(smallVgg()));
process.env.FNS_WEIGHTS = at('weights');
const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
try {
  const pictures = await knownPictures(folder, 12);
  const common = ['--lease', '5', '--log-level', 'error'];
  const port = String(await freePort());
  const victims: [string, () => Promise<void>][] = [];
  const programs: Program[] = [];
  let admin: Client;
  if (isPostgres) {
    const postgres = await startPostgres();
    const s3 = await startS3();
    ends.push(
      () => postgres.close(),
      () => s3.close(),
    );
    const places = ['--database', postgres.url, '--storage', s3.storage];
    const web = new Program(['serve', ...places, '--port', port, '--requests', '1000000', ...common]);
    const workers = [0, 1].map(() => new Program(['worker', ...places, '--threads', '1', ...common]));
    programs.push(web, ...workers);
    const { url } = await web.start();
    for (const worker of workers) await worker.start();
    const made = await fns([
      'token',
      'create',
      '--owner',
      'a',
      '--scopes',
      'admin',
      '--database',
      postgres.url,
    ]);
    admin = new Client(url!, made.stdout.trim());
    victims.push(['worker', () => workers[0]!.restart()], ['web', () => web.restart()]);
    victims.push(['database', () => postgres.restart()], ['worker', () => workers[1]!.restart()]);
  } else {
    const places = ['--data', at('data'), '--threads', '1'];
    const whole = new Program(['serve', ...places, '--port', port, '--requests', '1000000', ...common]);
    programs.push(whole);
    const { url, token } = await whole.start();
    admin = new Client(url!, token!);
    victims.push(['program', () => whole.restart()]);
  }
  for (const each of programs) ends.push(() => each.end('SIGKILL'));
  const client = await newOwner(admin, 'soak');
  // Another owner: those of the soak are counted.
  const before = await newOwner(admin, 'before');
  const others: KnownJob[] = [];
  for (const job of await otherJobs()) others.push(await withDigest(before, job));
  console.log(`${args.database}: ${pictures.length} pictures and ${others.length} other jobs are known`);

  const counts = new Map<string, number>();
  const kills = new Map<string, number>();
  const until = Date.now() + 1000 * seconds;
  let next = 0;
  let killing = Promise.resolve();
  const timer = setInterval(() => {
    if (Date.now() > until) return;
    const [name, kill] = victims[next++ % victims.length]!;
    kills.set(name, (kills.get(name) ?? 0) + 1);
    killing = killing.then(kill);
  }, 1000 * every);
  const result = await runLoad(client, mixed(pictures, others, until, counts), { seconds: seconds + 240 });
  clearInterval(timer);
  await killing;
  const list = (map: Map<string, number>) => [...map].map(([name, count]) => `${count} ${name}`).join(', ');
  console.log(`${result.jobs} jobs in ${result.seconds.toFixed(0)} s (${list(counts)})`);
  console.log(`killed: ${list(kills)}; attempts ${result.attempts}; requests sent again ${result.again}`);
  console.log('every job ended once, with its digest');
} finally {
  for (const end of ends.reverse()) await end();
}
