/** A part of a video: what is beside the picture begins and ends with it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { JobEvent } from '../../src/jobs/job.js';
import { stylizeVideo } from '../../src/jobs/stylize-video.js';
import { tinyStyle } from '../tiny-style.js';
import { chapters, clipFolder, ffmpeg, frameTimes, packets, streams, testPicture } from './clips.js';

let folder: string;
let style: string;

beforeAll(async () => {
  folder = await clipFolder();
  style = await tinyStyle(folder);
});

/** Makes a video of ten seconds whose only keyframe is its first frame. */
async function oneKeyframe(name: string, ...more: string[]): Promise<string> {
  const file = join(folder, name);
  const codecs = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-g', '1000', '-c:a', 'aac'];
  await ffmpeg(...testPicture({ rate: '10', seconds: 10 }), ...codecs, ...more, file);
  return file;
}

/** How long a packet of AAC sound at 48,000 samples a second is. */
const AAC_PACKET = 1024 / 48_000;

test.each([
  ['mkv', 0],
  ['avi', 0],
  ['mkv', 3],
])(
  'a start far behind a keyframe, as %s, of a clock from %d s on: no sound before the picture',
  async (extension, clock) => {
    const video = await oneKeyframe(`from-${clock}.mkv`, '-output_ts_offset', String(clock));
    const out = join(folder, `from-${clock}-part.${extension}`);
    await stylizeVideo({ video, out, style, start: 5, end: 7 });
    const times = await frameTimes(out);
    expect(times).toHaveLength(20);
    const sound = await packets(out, 'a:0');
    const behind = ({ time }: { time: number }) => time - times[0]!;
    expect(behind(sound[0]!)).toBeGreaterThan(-AAC_PACKET);
    expect(behind(sound[0]!)).toBeLessThan(2 * AAC_PACKET);
    expect(behind(sound.at(-1)!)).toBeGreaterThan(2 - 3 * AAC_PACKET);
    expect(behind(sound.at(-1)!)).toBeLessThan(2);
    // The sound is where it was beside the picture.
    const same = (await packets(video, 'a:0')).find(({ hash }) => hash === sound[10]!.hash)!;
    const distance = same.time - (await frameTimes(video))[50]!;
    expect(Math.abs(behind(sound[10]!) - distance)).toBeLessThan(AAC_PACKET);
  },
);

test('stopped: the sound ends with the pictures, and is whole when the video is', async () => {
  const video = await oneKeyframe('stopped.mkv');
  const out = join(folder, 'stopped-part.mkv');
  const stop = new AbortController();
  const onEvent = (event: JobEvent) => {
    if (event.type === 'progress') stop.abort();
  };
  const options = { video, out, style, start: 1 };
  const { stopped } = await stylizeVideo(options, { signal: stop.signal, onEvent });
  expect(stopped).toBe(true);
  const length = async (stream: string) => (await packets(out, stream)).at(-1)!.time;
  const pictures = await length('V:0');
  expect(pictures).toBeLessThan(8);
  expect(Math.abs((await length('a:0')) - pictures)).toBeLessThan(0.15);
  await stylizeVideo({ ...options, resume: true });
  expect(await frameTimes(out)).toHaveLength(90);
  expect(await length('a:0')).toBeGreaterThan(8.9);
});

test.each([{}, { fps: 5 }])('of an animated WebP: it begins at once (%j)', async (more) => {
  const video = join(folder, 'moving.webp');
  const picture = testPicture({ rate: '10', seconds: 3, sound: false });
  await ffmpeg(...picture, '-c:v', 'libwebp_anim', '-lossless', '1', video);
  const out = join(folder, 'moving.mp4');
  await stylizeVideo({ video, out, style, start: 1, force: true, ...more });
  const rate = more.fps ?? 10;
  const times = Array.from({ length: 2 * rate }, (_, i) => i / rate);
  expect(await frameTimes(out)).toEqual(times);
  expect(Number((await streams(out))[0]!.duration)).toBeCloseTo(2, 3);
});

test('chapters move with the start, and end with the part', async () => {
  const marks = join(folder, 'chapters.txt');
  const titles = ['Low tide', 'Wind = 3; #1 \\\\ "äö"\ntwo lines', 'High tide'];
  const chapter = (title: string, i: number) =>
    `[CHAPTER]\nTIMEBASE=1/1\nSTART=${4 * i}\nEND=${Math.min(10, 4 * i + 4)}\ntitle=${title.replace(/[=;#\\\n]/g, '\\$&')}\n`;
  await writeFile(marks, `;FFMETADATA1\n${titles.map(chapter).join('')}`);
  const video = join(folder, 'chapters.mkv');
  const picture = testPicture({ rate: '5', seconds: 12, sound: false });
  await ffmpeg(...picture, '-i', marks, '-map', '0:v', '-map_chapters', '1', video);
  expect((await chapters(video)).map(([title]) => title)).toEqual(titles);
  const out = join(folder, 'chapters-part.mkv');
  const part = async (start: number, end?: number) => {
    await stylizeVideo({ video, out, style, start, end, force: true });
    return chapters(out);
  };
  expect(await part(5)).toEqual([
    [titles[1], 0, 3],
    [titles[2], 3, 5],
  ]);
  expect(await part(0, 6)).toEqual([
    [titles[0], 0, 4],
    [titles[1], 4, 6],
  ]);
  expect(await part(8.2, 9)).toEqual([[titles[2], 0, 0.8]]);
  expect(await part(10.4)).toEqual([]);
});

test.each(['mp4', 'webm'])(
  'subtitles that %s holds in another way: those of the part alone',
  async (extension) => {
    const words = join(folder, 'words.srt');
    const at = (second: number) => `00:00:0${second},500`;
    const lines = [0, 4, 6, 8].map((second, i) => `${i}\n${at(second)} --> ${at(second + 1)}\nWave ${i}\n`);
    await writeFile(words, lines.join('\n'));
    const video = join(folder, 'words.mkv');
    const picture = testPicture({ rate: '5', seconds: 10, sound: false });
    const streamsOf = ['-map', '0:v', '-map', '1:s', '-c:s', 'srt', '-metadata:s:s', 'language=deu'];
    await ffmpeg(...picture, '-i', words, ...streamsOf, '-g', '1000', video);
    const out = join(folder, `words.${extension}`);
    await stylizeVideo({ video, out, style, start: 5, end: 8 });
    expect((await frameTimes(out))[0]).toBeCloseTo(0, 2);
    expect((await streams(out))[1]).toMatchObject({ codec_type: 'subtitle', tags: { language: 'deu' } });
    const text = await ffmpeg('-i', out, '-map', '0:s', '-f', 'srt', '-');
    expect(text.trim().split('\n').slice(1)).toEqual(['00:00:01,500 --> 00:00:02,500', 'Wave 2']);
    expect((await packets(out, 's:0')).at(-1)!.time).toBeLessThan(3);
    // Where no words are spoken there are no subtitles.
    await stylizeVideo({ video, out, style, start: 1.6, end: 3, force: true });
    expect(await frameTimes(out)).toHaveLength(7);
  },
);
