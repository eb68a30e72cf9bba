import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { JobEvent } from '../../src/jobs/job.js';
import { stylizeVideo } from '../../src/jobs/stylize-video.js';
import type { StylizeVideoOptions } from '../../src/jobs/video-options.js';
import { openVideo } from '../../src/node/video/open-video.js';
import { tinyStyle } from '../tiny-style.js';
import { clipFolder, ffmpeg, frameHashes, frameTimes, packets, streams, testPicture } from './clips.js';

let folder: string;
let style: string;

beforeAll(async () => {
  folder = await clipFolder();
  style = await tinyStyle(folder);
});

/** Makes a video with strength 0, so that every frame must come through as it is, and gives what was said. */
async function through(
  video: string,
  out: string,
  more: Partial<StylizeVideoOptions> = {},
): Promise<string[]> {
  const said: string[] = [];
  const onEvent = (event: JobEvent) => 'message' in event && said.push(event.message);
  await stylizeVideo({ video, out, style, strength: 0, ...more }, { onEvent });
  return said;
}

/** Checks that all frames of a video are in a lossless copy, at their times. */
async function expectAllFrames(video: string, out: string, filter = 'null'): Promise<void> {
  expect(await frameHashes(out)).toEqual(await frameHashes(video, { filter }));
  const [from, to] = [await frameTimes(video), await frameTimes(out)];
  expect(to.length).toBe(from.length);
  const shift = from[0]! - to[0]!;
  for (const [i, time] of from.entries()) expect(to[i]! + shift).toBeCloseTo(time, 5);
}

const LOSSLESS = { codec: 'ffv1' };

const FORMATS: [string, string, string[]][] = [
  ['H.264', 'h264.mp4', ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac']],
  ['HEVC', 'hevc.mkv', ['-c:v', 'libx265', '-x265-params', 'log-level=error', '-c:a', 'aac']],
  ['VP9', 'vp9.webm', ['-c:v', 'libvpx-vp9', '-cpu-used', '8', '-c:a', 'libopus']],
  ['AV1', 'av1.mp4', ['-c:v', 'libaom-av1', '-cpu-used', '8', '-c:a', 'aac']],
  ['MPEG-4', 'mpeg4.avi', ['-c:v', 'mpeg4', '-c:a', 'libmp3lame']],
  ['ProRes', 'prores.mov', ['-c:v', 'prores_ks', '-c:a', 'pcm_s16le']],
  [
    'MPEG-2 in a transport stream, which does not begin at 0',
    'mpeg2.ts',
    ['-c:v', 'mpeg2video', '-r', '25', '-c:a', 'mp2'],
  ],
];

describe('every frame, its time and the sound come through', () => {
  test.each(FORMATS)('of %s', async (_, name, codecs) => {
    const video = join(folder, name);
    await ffmpeg(...testPicture(), ...codecs, '-shortest', video);
    const out = join(folder, `${name}.mkv`);
    await through(video, out, LOSSLESS);
    // Matroska counts in milliseconds.
    expect(await frameHashes(out)).toEqual(await frameHashes(video));
    const [from, to] = [await frameTimes(video), await frameTimes(out)];
    const shift = from[0]! - to[0]!;
    for (const [i, time] of from.entries()) expect(Math.abs(to[i]! + shift - time)).toBeLessThan(0.0011);
    const [sound, copied] = [await packets(video, 'a:0'), await packets(out, 'a:0')];
    expect(copied.map(({ hash }) => hash)).toEqual(sound.map(({ hash }) => hash));
    // The sound is where it was beside the picture, but for the start of Opus, which ffmpeg moves in Matroska.
    const late = copied[0]!.time - to[0]! - (sound[0]!.time - from[0]!);
    expect(Math.abs(late)).toBeLessThan(0.008);
  });

  test('of an MP4 to an MP4: times and packets are the same to the last digit', async () => {
    const video = join(folder, 'same.mp4');
    await ffmpeg(
      ...testPicture({ seconds: 9 }),
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-pix_fmt',
      'yuv420p',
      video,
    );
    const out = join(folder, 'same-out.mp4');
    await through(video, out, { preset: 'ultrafast' });
    expect(await frameTimes(out)).toEqual(await frameTimes(video));
    expect(await packets(out, 'a:0')).toEqual(await packets(video, 'a:0'));
  });

  test('of a GIF to a GIF', async () => {
    const video = join(folder, 'moving.gif');
    await ffmpeg(...testPicture({ rate: '10', sound: false }), video);
    const out = join(folder, 'moving-out.gif');
    await through(video, out);
    expect(await frameTimes(out)).toEqual(await frameTimes(video));
    expect((await streams(out))[0]).toMatchObject({ codec_name: 'gif', width: 64, height: 48 });
  });

  test('of an animated WebP and to one', async () => {
    const video = join(folder, 'moving.webp');
    await ffmpeg(
      ...testPicture({ rate: '10', sound: false }),
      '-c:v',
      'libwebp_anim',
      '-lossless',
      '1',
      video,
    );
    const out = join(folder, 'webp.mkv');
    await through(video, out, LOSSLESS);
    expect(await frameTimes(out)).toEqual(Array.from({ length: 15 }, (_, i) => i / 10));
    const again = join(folder, 'again.webp');
    await through(out, again);
    const third = join(folder, 'third.mkv');
    await through(again, third, LOSSLESS);
    expect(await frameTimes(third)).toEqual(await frameTimes(out));
  });

  test.each([
    ['24', {}],
    ['4', {}],
    ['15', { start: 0.35, end: 1.1 }],
  ])('of an animated WebP at %s frames a second, as ffmpeg has those of a GIF', async (fps, part) => {
    const picture = testPicture({ rate: '10', sound: false });
    // Pictures of different lengths: every third one is twice as long.
    const uneven = ['-vf', "select='not(eq(mod(n,3),1))'", '-fps_mode', 'vfr'];
    const names = ['gif', 'webp'].map((end) => join(folder, `uneven.${end}`));
    await ffmpeg(...picture, ...uneven, names[0]!);
    await writeFile(
      names[1]!,
      await sharp(names[0]!, { animated: true }).webp({ lossless: true }).toBuffer(),
    );
    const frames = [];
    for (const name of names) {
      const source = await openVideo(name);
      const { start = 0, end } = part as { start?: number; end?: number };
      const read = [];
      const options = { fps: Number(fps), start, ...(end !== undefined && { seconds: end - start }) };
      for await (const { time, data } of source.frames(options)) {
        read.push({ time, hash: createHash('md5').update(data).digest('hex') });
      }
      frames.push({ timeBase: source.timeBase(Number(fps)), read });
    }
    expect(frames[1]).toEqual(frames[0]);
  });

  test('too few frames a second for a short video: one line', async () => {
    for (const name of ['moving.gif', 'moving.webp']) {
      const video = join(folder, name);
      await expect(through(video, join(folder, 'few.mkv'), { fps: 0.2 })).rejects.toThrow(
        /moving\.(gif|webp): it is too short for a frame at 0\.2 a second$/,
      );
    }
  });

  test('of a variable rate', async () => {
    const video = join(folder, 'variable.mp4');
    const chosen = "select='not(mod(n,5))+not(mod(n,7))'";
    await ffmpeg(
      ...testPicture({ seconds: 3 }),
      '-vf',
      chosen,
      '-fps_mode',
      'vfr',
      '-pix_fmt',
      'yuv420p',
      video,
    );
    const out = join(folder, 'variable-out.mov');
    await through(video, out, { codec: 'libx264rgb', crf: 0 });
    await expectAllFrames(video, out);
    const times = await frameTimes(out);
    expect(
      new Set(times.map((time, i) => Math.round(1000 * (time - (times[i - 1] ?? 0))))).size,
    ).toBeGreaterThan(2);
  });

  test('of a video whose picture begins after its sound', async () => {
    const both = join(folder, 'both.mp4');
    await ffmpeg(...testPicture(), '-pix_fmt', 'yuv420p', both);
    const video = join(folder, 'late.mp4');
    await ffmpeg(
      '-itsoffset',
      '0.5',
      '-i',
      both,
      '-i',
      both,
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c',
      'copy',
      video,
    );
    const out = join(folder, 'late-out.mp4');
    await through(video, out);
    expect((await frameTimes(video))[0]).toBeGreaterThan(0.4);
    expect(await frameTimes(out)).toEqual(await frameTimes(video));
    expect(await packets(out, 'a:0')).toEqual(await packets(video, 'a:0'));
  });
});

describe('what else a video may be', () => {
  test('interlaced: its frames are made whole, which is said', async () => {
    const video = join(folder, 'interlaced.mkv');
    const interlaced = [
      '-vf',
      'interlace,fieldorder=tff',
      '-flags',
      '+ilme+ildct',
      '-c:v',
      'mpeg2video',
      '-q:v',
      '3',
    ];
    await ffmpeg(
      ...testPicture({ rate: '60000/1001', sound: false }),
      ...interlaced,
      '-r',
      '30000/1001',
      video,
    );
    const out = join(folder, 'whole.mkv');
    expect((await through(video, out, LOSSLESS)).join()).toContain('is interlaced');
    expect(await frameHashes(out)).toEqual(await frameHashes(video, { filter: 'bwdif=mode=send_frame' }));
  });

  test('of odd sizes', async () => {
    const video = join(folder, 'odd.webm');
    await ffmpeg(
      ...testPicture({ size: '63x47', sound: false }),
      '-c:v',
      'libvpx-vp9',
      '-cpu-used',
      '8',
      video,
    );
    const lossless = join(folder, 'odd.mkv');
    await through(video, lossless, LOSSLESS);
    await expectAllFrames(video, lossless).catch(async () => {
      expect(await frameHashes(lossless)).toEqual(await frameHashes(video));
    });
    const out = join(folder, 'odd.mp4');
    await through(video, out);
    // H.264 with colours of half the resolution has even sides only: the last column and row are there twice.
    expect((await streams(out))[0]).toMatchObject({ width: 64, height: 48 });
  });

  test('turned by a mark, as phones do', async () => {
    const upright = join(folder, 'upright.mp4');
    await ffmpeg(...testPicture(), '-pix_fmt', 'yuv420p', upright);
    const video = join(folder, 'turned.mp4');
    await ffmpeg('-i', upright, '-c', 'copy', '-metadata:s:v', 'rotate=90', video);
    const out = join(folder, 'turned.mkv');
    await through(video, out, LOSSLESS);
    const [stream] = await streams(out);
    expect(stream).toMatchObject({ width: 48, height: 64 });
    expect(JSON.stringify(stream)).not.toContain('rotation');
    expect(await frameHashes(out)).toEqual(await frameHashes(video));
  });

  test('without square pixels', async () => {
    const video = join(folder, 'wide.mp4');
    await ffmpeg(...testPicture({ sound: false }), '-vf', 'setsar=4/3', '-pix_fmt', 'yuv420p', video);
    const out = join(folder, 'wide-out.mp4');
    await through(video, out);
    expect((await streams(out))[0]).toMatchObject({ sample_aspect_ratio: '4:3' });
  });

  test('with two sound tracks, subtitles, chapters and a title', async () => {
    const video = join(folder, 'two.mkv');
    const words = join(folder, 'words.srt');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(words, '1\n00:00:00,100 --> 00:00:01,000\nWaves\n');
    const tone = ['-f', 'lavfi', '-i', 'sine=f=880:d=1.5'];
    const maps = ['-map', '0:v', '-map', '1:a', '-map', '2:a', '-map', '3:s', '-metadata', 'title=The Sea'];
    const languages = ['-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu'];
    await ffmpeg(...testPicture(), ...tone, '-i', words, ...maps, ...languages, '-c:s', 'srt', video);
    const out = join(folder, 'two.mp4');
    const said = await through(video, out);
    const found = await streams(out);
    expect(found.map(({ codec_type }) => codec_type)).toEqual(['video', 'audio', 'audio', 'subtitle']);
    expect(found.map(({ tags }) => (tags as { language?: string }).language).slice(1, 3)).toEqual([
      'eng',
      'deu',
    ]);
    expect(said.join()).toContain('subtitles (subrip)');
    const hashes = async (file: string, stream: string) =>
      (await packets(file, stream)).map(({ hash }) => hash);
    for (const track of ['a:0', 'a:1']) expect(await hashes(out, track)).toEqual(await hashes(video, track));
    expect(await ffmpeg('-i', out, '-f', 'ffmetadata', '-')).toContain('title=The Sea');
  });

  test('HDR: fitted to a usual screen, which is said', async () => {
    const video = join(folder, 'hdr.mkv');
    const marks = 'colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=error';
    const codec = ['-pix_fmt', 'yuv420p10le', '-c:v', 'libx265', '-x265-params', marks];
    await ffmpeg(...testPicture({ sound: false, seconds: 0.5 }), ...codec, video);
    const out = join(folder, 'sdr.mp4');
    expect((await through(video, out)).join()).toContain('is HDR (PQ)');
    expect((await streams(out))[0]).toMatchObject({ color_transfer: 'bt709', color_primaries: 'bt709' });
  });

  test('in part, with fewer frames, smaller', async () => {
    const video = join(folder, 'long.mp4');
    await ffmpeg(...testPicture({ rate: '20', seconds: 3 }), '-pix_fmt', 'yuv420p', '-g', '7', video);
    const out = join(folder, 'part.mkv');
    await through(video, out, { ...LOSSLESS, start: 1, end: 2, maxSide: 32 });
    expect((await frameTimes(out)).length).toBe(20);
    expect((await streams(out))[0]).toMatchObject({ width: 32, height: 24 });
    expect(await frameHashes(out)).toEqual(
      await frameHashes(video, { size: '32:24', input: ['-ss', '1', '-t', '1'] }),
    );
    const slow = join(folder, 'slow.mkv');
    await through(video, slow, { ...LOSSLESS, fps: 5 });
    const times = await frameTimes(slow);
    expect(times.length).toBe(15);
    for (const [i, time] of times.entries()) expect(time - times[0]!).toBeCloseTo(i / 5, 3);
  });
});

describe('bad videos', () => {
  test('a broken tail: what is there is made, with a warning', async () => {
    const { readFile, writeFile } = await import('node:fs/promises');
    const whole = join(folder, 'whole-tail.ts');
    await ffmpeg(...testPicture({ seconds: 3 }), '-c:v', 'libx264', whole);
    const video = join(folder, 'tail.ts');
    const bytes = await readFile(whole);
    await writeFile(video, bytes.subarray(0, Math.round(0.6 * bytes.length)));
    const out = join(folder, 'tail.mkv');
    await through(video, out, LOSSLESS);
    expect((await frameTimes(out)).length).toBeGreaterThan(20);
  });

  test.each([
    ['no video in it', 'sound.m4a', testPicture().slice(4)],
    ['no frames', 'empty.mkv', [...testPicture({ sound: false }), '-frames:v', '0', '-c:v', 'ffv1']],
  ])('%s: one line', async (_, name, args) => {
    const video = join(folder, name);
    await ffmpeg(...args, video);
    await expect(through(video, join(folder, `${name}.mp4`))).rejects.toThrow(
      /^cannot read [^:]*: (it holds no video|End of file)$/,
    );
  });

  test.each([
    ['a missing file', 'missing.mp4', /no such file/],
    ['text', 'text.mp4', /cannot read .*text\.mp4: /],
    ['a folder', '.', /it is a folder/],
  ])('%s: one line', async (_, name, message) => {
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(folder, 'text.mp4'), 'This is no video.\n'.repeat(100));
    await expect(through(join(folder, name), join(folder, 'none.mp4'))).rejects.toThrow(message);
  });
});
