/** What happens between two steps of a video's work: it is stopped, or another program was quicker. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openParts, partsFolder } from '../../src/jobs/video-segments.js';
import { openVideo } from '../../src/node/video/open-video.js';
import { clipFolder, ffmpeg, testPicture } from './clips.js';

let folder: string;

beforeAll(async () => {
  folder = await clipFolder();
});

test('frames that are asked for after the end was: none, and nothing is decoded to the end', async () => {
  const file = join(folder, 'long.mp4');
  await ffmpeg(...testPicture({ rate: '10', seconds: 2, sound: false }), '-pix_fmt', 'yuv420p', file);
  const video = await openVideo(file);
  const seen: number[] = [];
  const read = async () => {
    for await (const { index } of video.frames({ signal: AbortSignal.abort() })) seen.push(index);
  };
  await expect(read()).rejects.toThrow(/abort/i);
  expect(seen).toEqual([]);
});

test('a video that another program finished meanwhile is not replaced', async () => {
  const out = join(folder, 'finished.mp4');
  await writeFile(out, 'finished');
  await expect(openParts(out, { settings: 'x' })).rejects.toThrow(`${out} is there already`);
  expect(existsSync(partsFolder(out))).toBe(false);
  const parts = await openParts(out, { settings: 'x', force: true });
  await parts.remove();
  await parts.release();
});
