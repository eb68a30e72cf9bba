import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { warpingError } from '../../src/evaluate/warping-error.js';
import { writeFlo } from '../../src/flow/flo-file.js';
import { loadOpticalFlow } from '../../src/flow/load-optical-flow.js';
import { evaluateFlicker, motionFile } from '../../src/jobs/evaluate-flicker.js';
import { fns } from '../cli/fns.js';
import { ffmpeg } from '../video/clips.js';
import { waves } from './moving-pictures.js';

const shift = (x: number, y: number) => ({
  ...{ width: 160, height: 120 },
  dx: new Float32Array(160 * 120).fill(x),
  dy: new Float32Array(160 * 120).fill(y),
});
const motion = { back: shift(-4, -2), forth: shift(4, 2) };
const brighter = (picture: Image, by: number): Image => ({
  ...picture,
  data: picture.data.map((v) => v + by),
});

describe('the warping error', () => {
  test('of a picture that moves is nothing, whatever moves', async () => {
    const { warp } = await loadOpticalFlow();
    const { sum, count } = warpingError(waves(0, 0), waves(4, 2), motion, warp);
    expect(sum / count).toBeLessThan(0.5);
    expect(count).toBe(156 * 118);
  });

  test('of one that becomes 3 levels brighter is 9', async () => {
    const { warp } = await loadOpticalFlow();
    const { sum, count } = warpingError(waves(0, 0), brighter(waves(4, 2), 3), motion, warp);
    expect(sum / count).toBeGreaterThan(8.5);
    expect(sum / count).toBeLessThan(9.5);
  });
});

describe('fns evaluate flicker', () => {
  let folder: string;
  const file = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fns-flicker-'));
    const video = async (name: string, frames: Image[]) => {
      await writeFile(file('raw'), Buffer.concat(frames.map(({ data }) => data)));
      const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', '160x120', '-r', '10', '-i', file('raw')];
      await ffmpeg(...input, '-c:v', 'ffv1', '-pix_fmt', 'gbrp', file(name));
    };
    const frames = [0, 1, 2, 3].map((i) => waves(4 * i, 2 * i));
    await video('still.mkv', frames);
    await video(
      'flickers.mkv',
      frames.map((frame, i) => brighter(frame, i % 2 === 0 ? 0 : 6)),
    );
    await video('short.mkv', frames.slice(0, 2));
    for (const number of [1, 2, 3]) {
      await writeFile(file(motionFile(number, 'back')), writeFlo(motion.back));
      await writeFile(file(motionFile(number, 'forth')), writeFlo(motion.forth));
    }
  });

  test('by the true motion', async () => {
    const videos = [file('still.mkv'), file('flickers.mkv')];
    const [still, flickers] = await evaluateFlicker({ videos, motion: folder });
    expect(still!.warpingError).toBeLessThan(0.5);
    expect(flickers!.warpingError).toBeGreaterThan(34);
    expect(flickers!.warpingError).toBeLessThan(38);
    expect(flickers).toMatchObject({ frames: 3, seen: (156 * 118) / (160 * 120) });
  });

  test('by estimated motion, as a table', async () => {
    const { stdout, code } = await fns([
      ...['evaluate', 'flicker', file('flickers.mkv'), file('still.mkv'), '--source', file('still.mkv')],
    ]);
    expect(code).toBe(0);
    const [head, first, second] = stdout.trim().split('\n');
    expect(head).toMatch(/video +frames +seen +warping error +of the first/);
    expect(Number(first!.split(/ +/).at(-2))).toBeGreaterThan(30);
    // What is left is the error of the estimation.
    expect(Number(second!.split(/ +/).at(-1))).toBeLessThan(0.4);
  });

  test.each([
    ['no motion', [], /is needed/, 2],
    ['two kinds of motion', ['--source', 'a.mp4', '--motion', 'b'], /one of both/, 2],
    ['motion that is missing', ['--motion', 'nowhere'], /the motion of frame 1 is missing/, 1],
  ])('%s: one line', async (_, more, message, code) => {
    const result = await fns(['evaluate', 'flicker', file('still.mkv'), ...more]);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
  });

  test('videos of other lengths: one line', async () => {
    const job = evaluateFlicker({ videos: [file('short.mkv')], source: file('still.mkv') });
    await expect(job).rejects.toThrow('not all have the same frames (one ends after 2)');
  });
});
