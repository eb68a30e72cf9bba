import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { VideoInfo } from '../../src/node/video/probe.js';
import { readFrames } from '../../src/node/video/read-frames.js';

const { PATH } = process.env;

afterEach(() => {
  process.env.PATH = PATH;
});

test('what ffmpeg says of the last frame in two pieces, the second late: the frames end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fns-ffmpeg-'));
  const lines = ['printf abc', "printf 'frame:0 pts:7\\n' >&3", 'sleep 0.3', "printf 'frame=1\\n' >&3"];
  await writeFile(join(folder, 'ffmpeg'), `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
  process.env.PATH = `${folder}${delimiter}${PATH}`;
  const options = { inputArgs: [], size: { width: 1, height: 1 }, timeBase: { num: 1, den: 1000 } };
  const seen: [number, number, number][] = [];
  for await (const { index, time, data } of readFrames('x.mp4', {} as VideoInfo, options)) {
    seen.push([index, time, data[0]!]);
  }
  expect(seen).toEqual([[0, 7, 'a'.charCodeAt(0)]]);
}, 10_000);
