import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { FnsError } from '../../src/core/errors.js';
import { stylizeVideo } from '../../src/jobs/stylize-video.js';
import { mutated } from '../mutation.js';
import { tinyStyle } from '../tiny-style.js';
import { clipFolder, ffmpeg, testPicture } from './clips.js';

/** How many damaged videos; FNS_MUTATIONS sets it. */
const COUNT = Number(process.env.FNS_MUTATIONS ?? 30);

/** The most milliseconds that one may take. */
const MOST_TIME = 60_000;

let folder: string;
let style: string;
const videos: { extension: string; bytes: Uint8Array }[] = [];

beforeAll(async () => {
  folder = await clipFolder();
  style = await tinyStyle(folder);
  const clips = {
    mp4: ['-pix_fmt', 'yuv420p', '-c:a', 'aac'],
    mkv: ['-c:v', 'mpeg4'],
    avi: ['-c:v', 'mpeg4', '-an'],
    webm: ['-pix_fmt', 'yuv420p', '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-c:a', 'libopus'],
    gif: ['-an'],
  };
  for (const [extension, args] of Object.entries(clips)) {
    const file = join(folder, `whole.${extension}`);
    await ffmpeg(...testPicture({ rate: '10', seconds: 0.6, size: '48x36' }), ...args, file);
    videos.push({ extension, bytes: await readFile(file) });
  }
});

test(`${COUNT} damaged videos: each is drawn as far as it goes, or refused in one line`, {
  timeout: COUNT * MOST_TIME,
}, async () => {
  let drawn = 0;
  for (let seed = 0; seed < COUNT; seed++) {
    const { extension, bytes } = videos[seed % videos.length]!;
    const video = join(folder, `damaged-${seed}.${extension}`);
    const out = join(folder, `picture-${seed}.mp4`);
    await writeFile(video, mutated(bytes, seed));
    const begun = Date.now();
    const told: string[] = [];
    const onEvent = (event: { type: string; message?: string }) => {
      if (event.type === 'warning' || event.type === 'note') told.push(event.message!);
    };
    try {
      await stylizeVideo({ video, style, out, preset: 'ultrafast', maxSide: 64 }, { onEvent });
      drawn++;
      expect(existsSync(out), `seed ${seed}`).toBe(true);
      expect(existsSync(`${out}.parts`), `seed ${seed}`).toBe(false);
    } catch (error) {
      expect(error, `seed ${seed}`).toBeInstanceOf(FnsError);
      told.push((error as Error).message);
      expect(existsSync(out), `seed ${seed}`).toBe(false);
    }
    for (const line of told) expect(line, `seed ${seed}`).not.toMatch(/\n|undefined|NaN|\[object/);
    expect(Date.now() - begun, `seed ${seed}`).toBeLessThan(MOST_TIME);
  }
  // Else nothing would be known of either.
  expect(drawn).toBeGreaterThan(0);
  expect(drawn).toBeLessThan(COUNT);
  expect(leftOver()).toBe('');
});

/** The ffmpeg processes that still work in the folder. */
function leftOver(): string {
  try {
    return execFileSync('pgrep', ['-a', '-f', `ff(mpeg|probe) .*${folder}`], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
