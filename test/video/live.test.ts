import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { stylizeVideo } from '../../src/jobs/stylize-video.js';
import { isLive } from '../../src/node/video/input-args.js';
import { newest } from '../../src/node/video/newest.js';
import { tinyStyle } from '../tiny-style.js';
import { clipFolder, ffmpeg, frameTimes, streams, testPicture } from './clips.js';

let folder: string;
let style: string;

beforeAll(async () => {
  folder = await clipFolder();
  style = await tinyStyle(folder);
});

test.each([
  ['/dev/video0', true],
  ['/dev/null', false],
  ['/dev/shm/clip.mp4', false],
  ['/dev/mqueue/clip.mp4', false],
  ['udp://127.0.0.1:1234', true],
  ['https://example.com/clip.mp4', false],
])('%s goes on for ever: %s', (name, live) => {
  expect(isLive(name)).toBe(live);
});

describe('newest', () => {
  /** Numbers from 0 on, one each millisecond. */
  async function* fast(count: number) {
    for (let i = 0; i < count; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      yield i;
    }
  }

  test('who is slow gets the newest, in order, and hears how many were left out', async () => {
    let dropped = 0;
    const seen: number[] = [];
    for await (const value of newest(fast(100), () => dropped++)) {
      seen.push(value);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(99);
    expect(dropped).toBeGreaterThan(0);
    expect(seen.length + dropped).toBe(100);
  });

  test('an error of the source is thrown', async () => {
    async function* broken() {
      yield 1;
      throw new Error('the cable is out');
    }
    const all = async () => {
      for await (const _ of newest(broken()));
    };
    await expect(all()).rejects.toThrow('the cable is out');
  });

  test('who stops early ends the source', async () => {
    let ended = false;
    async function* endless() {
      try {
        for (let i = 0; ; i++) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          yield i;
        }
      } finally {
        ended = true;
      }
    }
    for await (const _ of newest(endless())) break;
    expect(ended).toBe(true);
  });
});

describe('a live video', () => {
  /** ffmpeg's test picture, as fast as it is shown. */
  const camera = 'testsrc=s=64x48:r=30,realtime';

  test('a camera to a file: whole, at the times that frames came', async () => {
    const out = join(folder, 'camera.mp4');
    const { frames } = await stylizeVideo({ video: camera, inputFormat: 'lavfi', style, out, end: 2 });
    const times = await frameTimes(out);
    expect(times).toHaveLength(frames);
    expect(frames).toBeGreaterThan(5);
    expect(times[0]).toBe(0);
    // Some may be left out, but the last is of the last moments.
    expect(times.at(-1)).toBeGreaterThan(1.5);
    expect(times.at(-1)).toBeLessThan(2);
  });

  test('ended by its signal: a video of what was seen', async () => {
    const out = join(folder, 'ended.mkv');
    const stop = new AbortController();
    const result = await stylizeVideo(
      { video: camera, inputFormat: 'lavfi', style, out },
      {
        signal: stop.signal,
        // Not before it is seen that there is something, however busy the machine is.
        onEvent: ({ type }) => type === 'progress' && setTimeout(() => stop.abort(), 500),
      },
    );
    expect(result.stopped).toBe(true);
    expect(await frameTimes(out)).toHaveLength(result.frames);
    expect(result.frames).toBeGreaterThan(0);
  });

  test('ended before its first frame: an older file stays as it was', async () => {
    const out = join(folder, 'older.mkv');
    await writeFile(out, 'older');
    const stop = new AbortController();
    const withSound = `${camera}[out0];sine[out1]`;
    const result = await stylizeVideo(
      { video: withSound, inputFormat: 'lavfi', style, out, force: true },
      // What is said of its sound comes before its frames.
      { signal: stop.signal, onEvent: ({ type }) => type === 'note' && stop.abort() },
    );
    expect(result).toMatchObject({ frames: 0, stopped: true });
    expect(await readFile(out, 'utf8')).toBe('older');
  });

  test('a file to a stream, which another program reads', async () => {
    const video = join(folder, 'clip.mp4');
    await ffmpeg(...testPicture({ rate: '10', seconds: 4, sound: false }), '-pix_fmt', 'yuv420p', video);
    const address = 'tcp://127.0.0.1:38471';
    const received = join(folder, 'received.ts');
    const reader = spawn('ffmpeg', [
      ...['-v', 'error', '-nostdin', '-y', '-f', 'mpegts', '-i', `${address}?listen=1`],
      ...['-c', 'copy', received],
    ]);
    const ended = once(reader, 'close');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { frames } = await stylizeVideo({ video, style, out: address });
    await ended;
    expect(frames).toBe(40);
    expect((await streams(received))[0]!.codec_name).toBe('h264');
    expect((await frameTimes(received)).length).toBeGreaterThan(30);
  });

  test.each([
    ['resume', { resume: true }],
    ['a beginning', { start: 1 }],
  ])('%s is refused', async (_, options) => {
    const out = join(folder, 'no.mp4');
    const job = stylizeVideo({ video: camera, inputFormat: 'lavfi', style, out, ...options });
    await expect(job).rejects.toThrow('a live video has no beginning to come back to');
  });

  test('a folder that is not there is named before anything is read', async () => {
    const out = join(folder, 'nowhere', 'out.mp4');
    const job = stylizeVideo({ video: camera, inputFormat: 'lavfi', style, out });
    await expect(job).rejects.toThrow(/the folder .*nowhere does not exist/);
  });

  test('a format that is put together at the end is refused', async () => {
    const job = stylizeVideo({
      ...{ video: camera, inputFormat: 'lavfi', style },
      out: join(folder, 'no.gif'),
    });
    await expect(job).rejects.toThrow('a live video cannot be written as gif');
  });
});

test('a file stays a file whatever its format is said to be: every frame, and its sound', async () => {
  const file = join(folder, 'recording.bin');
  await ffmpeg(...testPicture({ seconds: 1, rate: '10' }), '-f', 'mpegts', file);
  const out = join(folder, 'recording.mp4');
  const made = await stylizeVideo({ video: file, out, style, inputFormat: 'mpegts' });
  expect(made.frames).toBe(10);
  expect(await frameTimes(out)).toHaveLength(10);
  expect((await streams(out)).map(({ codec_type }) => codec_type)).toEqual(['video', 'audio']);
  await expect(stylizeVideo({ video: file, out: `${out}.mp4`, style, inputFormat: 'avi' })).rejects.toThrow(
    /recording\.bin/,
  );
});
