/** A video drawn in spans and joined is that of one run, packet by packet. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { reporter } from '../../src/jobs/job.js';
import { drawSpan, joinSpans, planVideo, spansOf } from '../../src/jobs/share-video.js';
import { stylizeVideo } from '../../src/jobs/stylize-video.js';
import { drawSegments, joinVideo, videoWork } from '../../src/jobs/video-file.js';
import { openParts } from '../../src/jobs/video-segments.js';
import { openVideo } from '../../src/node/video/open-video.js';
import { tinyStyle } from '../tiny-style.js';
import { clipFolder, ffmpeg, packets, testPicture } from './clips.js';

let folder: string;
let style: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await clipFolder();
  style = await tinyStyle(folder);
  await ffmpeg(...testPicture({ rate: '1', seconds: 21, sound: false }), at('even.mp4'));
  // Frames come in fits.
  const times = "setpts='(N+floor(N/5)*3+0.4*mod(N*7,3))/TB/3'";
  const fits = [...testPicture({ rate: '3', seconds: 14 }), '-vf', times, '-fps_mode', 'passthrough'];
  await ffmpeg(...fits, at('fits.mkv'));
  // In the middle its times begin anew: from there on each frame is shown as soon as it can be.
  const once = [...testPicture({ rate: '1', seconds: 12, size: '47x35' }), '-f', 'mpegts', at('once.ts')];
  await ffmpeg(...once);
  await writeFile(
    at('twice.ts'),
    Buffer.concat([await readFile(at('once.ts')), await readFile(at('once.ts'))]),
  );
});

describe('a shared video', () => {
  test.each([
    ['of a variable rate, cut and shrunk', 'fits.mkv', 'mp4', { start: 1.2, end: 20, maxSide: 40 }],
    ['whose times begin anew', 'twice.ts', 'mkv', {}],
  ])('%s', async (_, name, extension, more) => {
    const video = at(name);
    const out = at(`${name}-whole.${extension}`);
    const options = { ...more, video, style, threads: 1 };
    const whole = await stylizeVideo({ ...options, out });
    const source = await openVideo(video);
    const spans = (await planVideo(source, { ...options, out }))!;
    expect(spans.length).toBeGreaterThan(1);
    expect(spans.reduce((sum, { frames }) => sum + frames, 0)).toBe(whole.frames);
    const made = at(`${name}-${extension}-spans`);
    await mkdir(made);
    const all: string[][] = spans.map(() => []);
    // In another order than theirs.
    for (const [i, span] of [...spans.entries()].reverse()) {
      const part = at(`${name}-${i}.${extension}`);
      const { files } = await drawSpan(source, span, { ...options, out: part });
      all[i] = await Promise.all(
        files.map(async (file) => {
          const path = join(made, `${i}-${basename(file)}`);
          await copyFile(file, path);
          return path;
        }),
      );
    }
    const joined = at(`${name}-joined.${extension}`);
    expect(await joinSpans(source, all.flat(), { ...options, out: joined })).toBe(whole.frames);
    for (const stream of ['v:0', 'a:0'])
      expect(await packets(joined, stream)).toEqual(await packets(out, stream));
    await expect(
      joinSpans(
        source,
        all.flat().filter((_, i) => i < 2 || i > 3),
        { ...options, out: joined },
      ),
    ).rejects.toThrow(/a segment of the video is missing/);
  });

  test('whose times begin anew goes on where it was stopped', async () => {
    const options = { video: at('twice.ts'), style, threads: 1, out: at('resumed.mkv') };
    const whole = at('twice-once.mkv');
    await stylizeVideo({ ...options, out: whole });
    const work = videoWork(await openVideo(options.video), options);
    const begun = await openParts(options.out, { settings: '' });
    const times: number[] = [];
    for await (const { time } of work.source.frames()) times.push(time);
    await drawSegments(work, { parts: begun, span: { first: 0, frames: 16, to: times[16]! } }, options, {});
    await begun.release();
    const parts = await openParts(options.out, { settings: '', resume: true });
    expect(parts.segments).toHaveLength(4);
    expect((await drawSegments(work, { parts }, options, {})).frames).toBe(24);
    await joinVideo(work, parts, options, reporter({}));
    await parts.release();
    expect(await packets(options.out, 'v:0')).toEqual(await packets(whole, 'v:0'));
  });

  test('stays whole where its pictures depend on each other, its format belongs to all, or it is short', async () => {
    const source = await openVideo(at('even.mp4'));
    const options = { video: at('even.mp4'), style, out: at('x.mp4') };
    expect(await planVideo(source, options)).toHaveLength(3);
    expect(await planVideo(source, { ...options, steady: 0.5 })).toBeUndefined();
    expect(await planVideo(source, { ...options, out: at('x.gif') })).toBeUndefined();
    expect(await planVideo(source, { ...options, end: 8 })).toBeUndefined();
  });

  test.each([1, 96, 97, 192, 193, 1000, 20_000])('of %d frames has each in one span', (count) => {
    const times = Array.from({ length: count }, (_, i) => 3 * i);
    const spans = spansOf(times, 96);
    if (count <= 192) return expect(spans).toBeUndefined();
    expect(spans!.length).toBeLessThanOrEqual(32);
    let first = 0;
    for (const span of spans!) {
      expect(span.first).toBe(first);
      expect(span.first % 96).toBe(0);
      expect(span.frames).toBeGreaterThan(0);
      expect(span.after).toBe(first === 0 ? undefined : times[first - 1]);
      first += span.frames;
      expect(span.to).toBe(times[first]);
    }
    expect(first).toBe(count);
  });
});
