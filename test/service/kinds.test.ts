/** What each kind of job makes is what the library makes; what nobody should send is refused. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { pino } from 'pino';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files, stylizePictures, trainStyle, upscalePictures } from '../../src/api/node.js';
import { SCOPES } from '../../src/service/job-kinds.js';
import { openLog } from '../../src/service/log.js';
import { openParts } from '../../src/service/open.js';
import { createToken } from '../../src/service/records/token.js';
import { type Service, serve } from '../../src/service/serve.js';
import { fns, newFolder } from '../cli/fns.js';
import { smallVgg } from '../runtime/small-training.js';
import { tinyStyle } from '../tiny-style.js';
import { ffmpeg, frameTimes, packets, testPicture } from '../video/clips.js';
import { Client } from './client.js';
import { digest } from './load.js';
import { type PostgresServer, postgresPrograms, startPostgres } from './postgres-server.js';

let folder: string;
let postgres: PostgresServer | undefined;
let service: Service;
let client: Client;
const logged: string[] = [];
const at = (...parts: string[]) => join(folder, ...parts);

/** A photo of noise. */
async function noise(path: string, width: number, height: number, seed: number): Promise<Uint8Array> {
  const data = Uint8Array.from({ length: 8 * 6 * 3 }, (_, i) => ((i + 3) * (seed + 11) * 7919) % 256);
  const picture = sharp(data, { raw: { width: 8, height: 6, channels: 3 } });
  await picture.resize(width, height, { fit: 'fill' }).toFile(path);
  return new Uint8Array(await readFile(path));
}

/** Uploads bytes under a name. */
async function upload(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(at('upload'), bytes);
  return client.upload(at('upload'), name);
}

beforeAll(async () => {
  folder = await newFolder();
  await mkdir(at('weights'));
  writeFileSync(at('weights', 'vgg16.safetensors'), files.writeSafetensors(smallVgg()));
  process.env.FNS_WEIGHTS = at('weights');
  if (postgresPrograms()) postgres = await startPostgres();
  const places = { database: postgres?.url ?? 'memory', storage: at('files') };
  const limits = { pixels: 1e6, zipFiles: 8, zipBytes: 3e6, frames: 60, steps: 50 };
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const common = { port: 0, log, limits, lease: 3, threads: 1, jobs: 1 };
  service = await serve({ ...places, ...common });
  if (service.firstToken) client = new Client(service.url, service.firstToken);
  else {
    const parts = await openParts(places, openLog('silent'));
    const { token } = await createToken(parts.ledger.database, {
      owner: 'kinds',
      name: 'kinds',
      scopes: SCOPES,
    });
    await parts.close();
    client = new Client(service.url, token);
  }
});

afterAll(async () => {
  await service.close();
  await postgres?.close();
});

test('upscale: that of upscalePictures', async () => {
  await noise(at('small.png'), 40, 30, 1);
  const photo = await client.upload(at('small.png'));
  const job = await client.ended((await client.job('upscale', { photo }, { format: 'png' })).id);
  await upscalePictures({ photos: at('small.png'), out: at('large.png'), threads: 1 });
  expect(job.results).toMatchObject([{ name: 'picture.png', sha256: await digest(at('large.png')) }]);
});

describe('a folder', () => {
  test('gives a zip of pictures under the names of their photos, and says what it could not draw', async () => {
    const photos = {
      'holiday/beach.png': await noise(at('a.png'), 60, 40, 2),
      'holiday/beach.jpg': await noise(at('b.jpg'), 40, 60, 3),
      'ünïcode 海.png': await noise(at('c.png'), 50, 50, 4),
      'huge.png': await noise(at('d.png'), 1200, 1000, 5),
      'notes.png': strToU8('no picture'),
      '__MACOSX/._beach.png': strToU8('x'),
    };
    const zip = await upload('photos.zip', zipSync(photos));
    const job = await client.ended(
      (await client.job('folder', { photos: zip }, { style: 'wave', format: 'png' })).id,
    );
    expect(job).toMatchObject({
      state: 'done',
      results: [{ name: 'pictures.zip' }, { name: 'failed.json' }],
    });
    const pictures = unzipSync(await client.result(job));
    expect(Object.keys(pictures)).toEqual(['holiday/beach.png', 'holiday/beach-2.png', 'ünïcode 海.png']);
    await stylizePictures({ photos: at('c.png'), out: at('own.png'), style: 'wave', threads: 1 });
    expect(Buffer.compare(pictures['ünïcode 海.png']!, await readFile(at('own.png')))).toBe(0);
    const failed = JSON.parse(Buffer.from(await client.result(job, 1)).toString());
    expect(failed).toEqual([
      { name: 'huge.png', message: expect.stringMatching(/more than 1000000 are not taken/) },
      { name: 'notes.png', message: expect.stringMatching(/cannot read notes.png/) },
    ]);
  });

  const bomb = () => zipSync({ 'a.png': new Uint8Array(5e6) }, { level: 9 });
  test.each([
    ['no zip', () => strToU8('no zip at all'), /the zip cannot be read/],
    ['an empty zip', () => zipSync({}), /the zip is empty/],
    ['a bomb', bomb, /more than 3000000 bytes unpacked/],
    ['a bomb that lies', () => lie(bomb(), 5e6, 1000), /the zip cannot be read/],
    [
      'too many files',
      () => zipSync(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}.png`, strToU8('x')]))),
      /more than 8 files/,
    ],
    ['a way out', () => zipSync({ '../../out.png': strToU8('x') }), /the zip cannot be read/],
    ['an absolute path', () => zipSync({ '/etc/out.png': strToU8('x') }), /the zip cannot be read/],
    ['a Windows path', () => zipSync({ 'C:\\out.png': strToU8('x') }), /the zip cannot be read/],
    ['nothing that can be drawn', () => zipSync({ 'a.png': strToU8('x') }), /none of the zip can be drawn/],
  ])('refuses %s', async (_, zip, message) => {
    const photos = await upload('photos.zip', zip());
    const job = await client.ended((await client.job('folder', { photos }, { style: 'wave' })).id);
    expect(job).toMatchObject({ state: 'failed', attempts: 1, error: { code: 'refused' } });
    expect(job.error!.message).toMatch(message);
  });
});

/** A zip whose headers say another size of its file. */
function lie(zip: Uint8Array, size: number, said: number): Uint8Array {
  const bytes = Buffer.from(zip);
  for (let i = 0; i + 4 <= bytes.length; i++)
    if (bytes.readUInt32LE(i) === size) bytes.writeUInt32LE(said, i);
  return bytes;
}

describe('a video', () => {
  test('has all its frames at their times, and its sound', async () => {
    await ffmpeg(...testPicture({ seconds: 0.5, rate: '24' }), '-shortest', at('clip.mp4'));
    const video = await client.upload(at('clip.mp4'));
    const job = await client.ended((await client.job('video', { video }, { style: 'wave' })).id);
    expect(job).toMatchObject({ state: 'done', results: [{ name: 'video.mp4' }] });
    await writeFile(at('styled.mp4'), await client.result(job));
    expect(await frameTimes(at('styled.mp4'))).toEqual(await frameTimes(at('clip.mp4')));
    const streams = execFileSync('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'stream=codec_type',
      '-of',
      'csv=p=0',
      at('styled.mp4'),
    ]);
    expect(String(streams).trim().split('\n')).toEqual(['video', 'audio']);
  });

  test('is steady as that of fns video', async () => {
    await ffmpeg(...testPicture({ seconds: 0.25, rate: '24' }), at('steady.mp4'));
    const args = ['-s', 'wave', '--steady', '0.7', '-o', at('own-steady.mp4')];
    expect((await fns(['video', at('steady.mp4'), ...args])).code).toBe(0);
    const video = await client.upload(at('steady.mp4'));
    const options = { style: 'wave', steady: 0.7 };
    const job = await client.ended((await client.job('video', { video }, options)).id);
    await writeFile(at('job-steady.mp4'), await client.result(job));
    expect(await packets(at('job-steady.mp4'), 'v:0')).toEqual(await packets(at('own-steady.mp4'), 'v:0'));
  });

  const playlist = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n';
  test.each([
    ['a playlist', 'clip.m3u8', playlist],
    ['a playlist that calls itself a video', 'clip.mp4', playlist],
    ['a list of files', 'clip.txt', "ffconcat version 1.0\nfile '/etc/passwd'\n"],
    ['a text', 'clip.mp4', 'text'],
  ])('refuses %s', async (_, name, text) => {
    const video = await upload(name, strToU8(text));
    const job = await client.ended((await client.job('video', { video }, { style: 'wave' })).id);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'refused' } });
    expect(job.error!.message).toMatch(/the video is no MP4/);
  });

  test('refuses too many frames, and takes a part of them', async () => {
    await ffmpeg(...testPicture({ seconds: 4, rate: '24', sound: false }), at('long.mp4'));
    const video = await client.upload(at('long.mp4'));
    const whole = await client.ended((await client.job('video', { video }, { style: 'wave' })).id);
    expect(whole.error!.message).toMatch(/the video has 96 frames: 60 frames are taken at most/);
    const options = { style: 'wave', start: 1, end: 1.25, format: 'gif' };
    expect(await client.ended((await client.job('video', { video }, options)).id)).toMatchObject({
      state: 'done',
    });
  });
});

describe('a training', () => {
  const training = {
    ...{ size: 32, width: 4, batch: 1, seed: 5, init: 'none', lossNetwork: 'vgg16' },
    ...{ styleLayers: ['relu1_2', 'relu2_2'], contentLayers: ['relu2_2'] },
  } as const;
  let inputs: Record<string, string>;

  beforeAll(async () => {
    mkdirSync(at('photos'));
    const photos: Record<string, Uint8Array> = {};
    for (let i = 1; i <= 3; i++) photos[`${i}.png`] = await noise(at('photos', `0000${i}.png`), 50, 40, i);
    await noise(at('painting.png'), 64, 64, 9);
    inputs = {
      painting: await client.upload(at('painting.png')),
      photos: await upload('photos.zip', zipSync(photos)),
    };
  });

  /** The digest of the style that the library learns. */
  async function own(steps: number): Promise<string> {
    // A style's name is that of its file.
    await mkdir(at(`own-${steps}`));
    const out = at(`own-${steps}`, 'style.onnx');
    await trainStyle({
      ...{
        ...training,
        steps,
        out,
        painting: at('painting.png'),
        photos: at('photos'),
        threads: 1,
        device: 'cpu',
      },
      ...{ styleLayers: [...training.styleLayers], contentLayers: [...training.contentLayers] },
    });
    return digest(out);
  }

  test('gives the style of trainStyle, which other jobs take', async () => {
    const job = await client.ended((await client.job('train', inputs, { ...training, steps: 4 })).id);
    expect(job).toMatchObject({
      state: 'done',
      results: [{ name: 'style.onnx' }, { name: 'style.preview.jpg' }],
    });
    expect(job.results[0]!.sha256).toBe(await own(4));
    await noise(at('photo.png'), 40, 30, 7);
    const photo = await client.upload(at('photo.png'));
    const drawn = await client.job('picture', { photo, style: job.results[0]!.id }, {});
    expect(await client.ended(drawn.id)).toMatchObject({ state: 'done' });
  });

  test('whose process is killed goes on from its checkpoint, bit for bit', async () => {
    const made = await client.job('train', inputs, { ...training, steps: 50, checkpointEvery: 5 });
    let share = 0;
    while (share < 0.3) {
      const { body } = await client.call(`/v1/jobs/${made.id}`);
      expect(['queued', 'running']).toContain(body.state);
      share = body.progress?.share ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const pids = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], {
      encoding: 'utf8',
    });
    for (const line of pids.split('\n').filter((line) => line.includes('service/child/main.js'))) {
      process.kill(Number(line.trim().split(' ')[0]), 'SIGKILL');
    }
    const job = await client.ended(made.id);
    expect(job).toMatchObject({ state: 'done', attempts: 2 });
    expect(job.results[0]!.sha256).toBe(await own(50));
    expect(logged.filter((line) => line.includes('going on from a checkpoint'))).toHaveLength(1);
    expect(readdirSync(at('files', 'jobs', job.id))).not.toContain('checkpoints');
  });

  test('refuses more steps than a training may have', async () => {
    const job = await client.ended((await client.job('train', inputs, { ...training, steps: 51 })).id);
    expect(job.error!.message).toBe('a training may have 50 steps at most');
  });
});

describe('a style file of somebody', () => {
  test('is never run as it is: the network of another project is refused', async () => {
    const path = await tinyStyle(folder);
    const photo = await upload('p.png', await noise(at('p.png'), 40, 30, 1));
    const bytes = new Uint8Array(await readFile(path));
    // Its metadata says no longer that it is one of ours: what is left is an ordinary network.
    const other = Buffer.from(bytes);
    for (let i = other.indexOf('fns.'); i >= 0; i = other.indexOf('fns.', i)) other.write('xns.', i);
    renameSync(path, at('tiny-2.onnx'));
    const style = await upload('style.onnx', other);
    const job = await client.ended((await client.job('picture', { photo, style }, {})).id);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'refused' } });
    expect(job.error!.message).toMatch(/is no style of fast-neural-style/);
  });
});
