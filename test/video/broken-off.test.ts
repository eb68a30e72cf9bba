/** A video that comes to no end of its own: what is done is kept, and goes on. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobEvent } from '../../src/jobs/job.js';
import { stylizeVideo } from '../../src/jobs/stylize-video.js';
import { tinyStyle } from '../tiny-style.js';
import { clipFolder, ffmpeg, frameHashes, frameTimes, testPicture } from './clips.js';

let folder: string;
let style: string;
let video: string;
let server: Server;
/** The share of the video that the server gives before it hangs up. */
let share = 1;

beforeAll(async () => {
  folder = await clipFolder();
  style = await tinyStyle(folder);
  video = join(folder, 'clip.mp4');
  const args = ['-pix_fmt', 'yuv420p', '-movflags', '+faststart'];
  await ffmpeg(...testPicture({ rate: '10', seconds: 20, size: '48x36' }), ...args, video);
  const bytes = await readFile(video);
  server = createServer((request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(206, {
      'content-length': bytes.length - from,
      'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
    });
    const given = bytes.subarray(from, Math.max(from, Math.round(share * bytes.length)));
    if (share === 1) response.end(given);
    else response.write(given, () => setTimeout(() => request.socket.destroy(), 50));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => server.close());

/** Checks that a run fails and keeps its parts, and that another makes the whole video of them, frame by frame. */
async function expectToGoOn(
  options: { video: string; out: string },
  onEvent: (event: JobEvent) => void,
  message: RegExp,
): Promise<void> {
  const { out } = options;
  const all = { ...options, style, strength: 0, codec: 'ffv1' };
  const error = await stylizeVideo(all, { onEvent }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'FnsError', kind: 'failure', code: 'video-unfinished' });
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).not.toContain('\n');
  expect(existsSync(out)).toBe(false);
  expect(existsSync(`${out}.parts`)).toBe(true);
  share = 1;
  const said: string[] = [];
  await stylizeVideo(
    { ...all, resume: true },
    { onEvent: (event) => 'message' in event && said.push(event.message) },
  );
  expect(said.join()).toContain('going on at frame');
  expect(await frameTimes(out)).toHaveLength(200);
  expect(await frameHashes(out)).toEqual(await frameHashes(video));
}

test.each(['SIGKILL', 'SIGTERM'])('a decoder that is ended by %s', async (signal) => {
  let isSent = false;
  const onEvent = (event: JobEvent) => {
    if (isSent || event.type !== 'progress' || !(event.done! > 40)) return;
    isSent = true;
    const [id] = execFileSync('pgrep', ['-f', `ffmpeg .*${video} .*rawvideo`], { encoding: 'utf8' }).split(
      '\n',
    );
    process.kill(Number(id), signal);
  };
  const out = join(folder, `${signal}.mkv`);
  await expectToGoOn({ video, out }, onEvent, /clip\.mp4 to its end: ffmpeg was ended by (SIGKILL|a signal)/);
});

test('an address that breaks off', async () => {
  share = 0.6;
  const { port } = server.address() as AddressInfo;
  const options = { video: `http://127.0.0.1:${port}/clip.mp4`, out: join(folder, 'address.mkv') };
  await expectToGoOn(options, () => {}, /clip\.mp4 broke off: \w/);
});
