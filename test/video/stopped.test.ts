import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { randomGenerator } from '../../src/core/random.js';
import { fns } from '../cli/fns.js';
import { onSmallDisk } from '../small-disk.js';
import { tinyStyle } from '../tiny-style.js';
import { clipFolder, ffmpeg, frameHashes, frameTimes, testPicture } from './clips.js';

/** How often a run is killed; FNS_KILLS sets it. */
const KILLS = Number(process.env.FNS_KILLS ?? 8);

let folder: string;
let style: string;
let video: string;

beforeAll(async () => {
  folder = await clipFolder();
  style = await tinyStyle(folder);
  video = join(folder, 'clip.mp4');
  await ffmpeg(
    ...testPicture({ rate: '10', seconds: Math.max(60, 15 * KILLS), size: '48x36' }),
    '-pix_fmt',
    'yuv420p',
    video,
  );
});

const args = (out: string, ...more: string[]) => [
  'video',
  video,
  '-s',
  style,
  '-o',
  out,
  '--crf',
  '0',
  ...more,
];

/** Waits until no ffmpeg works in the folder, for five seconds at most, and gives those that still do. */
async function workers(): Promise<string> {
  for (let tries = 0; ; tries++) {
    let found = '';
    try {
      found = execFileSync('pgrep', ['-a', '-f', `ff(mpeg|probe) .*${folder}`], { encoding: 'utf8' });
    } catch {
      return '';
    }
    if (tries === 50) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a video that is stopped', () => {
  test.each([
    ['', KILLS, []],
    [', steady', Math.ceil(KILLS / 2), ['--steady', '0.8', '--end', '30']],
  ] as const)(
    `killed and resumed%s: the video of one run (%d kills)`,
    { timeout: 900_000 },
    async (name, kills, more) => {
      const [once, often] = ['once', 'often'].map((run) => join(folder, `${run}${name}.mp4`)) as [
        string,
        string,
      ];
      expect((await fns(args(once, ...more))).code).toBe(0);
      const random = randomGenerator(7);
      let killed = 0;
      for (let run = 0; ; run++) {
        expect(run).toBeLessThan(4 * kills + 10);
        // Late enough that most runs finish a segment of 40 frames.
        const after = 100 + 900 * random();
        let timer: NodeJS.Timeout | undefined;
        const { code, stderr } = await fns(args(often, ...more, ...(run > 0 ? ['--resume'] : [])), {
          onStderr: (_, kill) => {
            if (killed < kills) timer ??= setTimeout(() => kill('SIGKILL'), after);
          },
        });
        clearTimeout(timer);
        if (code === 0) break;
        expect(code, stderr).toBe(null);
        killed++;
        expect(await workers()).toBe('');
        expect(existsSync(often)).toBe(false);
      }
      expect(killed).toBeGreaterThan(kills / 2);
      expect(await frameTimes(often)).toEqual(await frameTimes(once));
      expect(await frameHashes(often)).toEqual(await frameHashes(once));
      expect((await readdir(folder)).filter((file) => file.includes(basename(often)))).toEqual([
        basename(often),
      ]);
    },
  );

  test('by a second Ctrl-C it ends at once, without a word, and can go on', async () => {
    const out = join(folder, 'at-once.mp4');
    const sent: string[] = [];
    const { code, stderr } = await fns(args(out), {
      inTerminal: true,
      onStderr: (text, kill) => {
        const next = text.includes('quit at once') ? 'second' : /frame \d/.test(text) ? 'first' : undefined;
        if (next === undefined || sent.includes(next)) return;
        sent.push(next);
        kill('SIGINT');
      },
    });
    expect(sent).toEqual(['first', 'second']);
    // By the signal itself, unless it was done before the second came.
    expect([null, 130]).toContain(code);
    expect(stderr).not.toMatch(/terminate|Napi|Error/);
    expect(await workers()).toBe('');
    expect((await fns(args(out, existsSync(out) ? '--force' : '--resume'))).code).toBe(0);
    expect(await frameTimes(out)).toHaveLength((await frameTimes(video)).length);
  });

  test('by Ctrl-C, it is a video of what is done, and can go on', async () => {
    const out = join(folder, 'stopped.mp4');
    let isSent = false;
    const { code, stderr } = await fns(args(out), {
      inTerminal: true,
      onStderr: (text, kill) => {
        if (isSent || !/frame [1-9]\d\d/.test(text)) return;
        isSent = true;
        kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(stderr).toMatch(/stopping, with a video of what is done/);
    const { length } = await frameTimes(out);
    expect(length).toBeGreaterThan(100);
    expect(length).toBeLessThan(600);
    // One that goes on and is stopped at once is not as far: it begins behind the last segment.
    isSent = false;
    const early = await fns(args(out, '--resume'), {
      inTerminal: true,
      onStderr: (text, kill) => {
        if (isSent || !text.includes('going on at frame')) return;
        isSent = true;
        kill('SIGINT');
      },
    });
    expect(early.code).toBe(130);
    expect((await frameTimes(out)).length).toBeGreaterThanOrEqual(length);
    const again = await fns(args(out));
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/is there already \(--resume .*--force/);
    const other = await fns(args(out, '--resume', '--strength', '0.5'));
    expect(other.stderr).toMatch(/was made of another video or with other options/);
    expect((await fns(args(out, '--resume'))).code).toBe(0);
    expect(await frameHashes(out)).toEqual(await frameHashes(join(folder, 'once.mp4')));
    const finished = await fns(args(out, '--resume'));
    expect(finished.code).toBe(0);
    expect(finished.stderr).toContain('is finished');
  });
});

describe('what stands in the way', () => {
  test('a video that is there is not replaced without --force', async () => {
    const out = join(folder, 'once.mp4');
    const { code, stderr } = await fns(args(out));
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    const live = await fns(args(out, '--output-format', 'mp4'));
    expect([live.code, live.stderr]).toEqual([2, stderr]);
    expect((await fns(args(out, '--force', '--end', '1'))).code).toBe(0);
    expect(await frameTimes(out)).toHaveLength(10);
  });

  test('a folder of somebody else is not taken for its parts', async () => {
    const out = join(folder, 'mine.mp4');
    await mkdir(join(`${out}.parts`, 'sub'), { recursive: true });
    await writeFile(join(`${out}.parts`, 'notes.txt'), 'mine');
    for (const more of [[], ['--force'], ['--resume']]) {
      const { code, stderr } = await fns(args(out, ...more));
      expect(code).toBe(2);
      expect(stderr).toMatch(/mine\.mp4\.parts is needed for parts of the video, and holds (notes\.txt|sub)/);
    }
    expect((await readdir(`${out}.parts`)).sort()).toEqual(['notes.txt', 'sub']);
  });

  test('parts that are to be made anew stay until there is something in their place', async () => {
    const out = join(folder, 'anew.mp4');
    let isSent = false;
    await fns(args(out), {
      onStderr: (text, kill) => {
        if (isSent || !/frame [1-9]\d\d/.test(text)) return;
        isSent = true;
        kill('SIGKILL');
      },
    });
    const parts = (await readdir(`${out}.parts`)).filter((file) => /^0/.test(file));
    expect(parts).toContain('000000.nut');
    expect((await fns(args(out, '--force', '--stroke-size', '9'))).code).toBe(2);
    expect((await readdir(`${out}.parts`)).filter((file) => /^0/.test(file))).toEqual(parts);
    const resumed = await fns(args(out, '--resume'));
    expect(resumed.stderr).toContain('going on at frame');
    expect(await frameTimes(out)).toHaveLength((await frameTimes(video)).length);
    // What is made anew has nothing of the parts before.
    const again = await fns(args(out, '--force', '--end', '12', '--strength', '0.5'));
    expect(again.code).toBe(0);
    expect(await frameTimes(out)).toHaveLength(120);
    expect(existsSync(`${out}.parts`)).toBe(false);
  });

  test('the mask is not replaced', async () => {
    const mask = join(folder, 'mask.webp');
    await sharp({ create: { width: 48, height: 36, channels: 3, background: 'white' } }).toFile(mask);
    const before = await readFile(mask);
    const { code, stderr } = await fns(
      args(mask, '--mask', mask, '--force').filter((arg) => !['--crf', '0'].includes(arg)),
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining('is the mask, and would be overwritten')]);
    expect(await readFile(mask)).toEqual(before);
  });

  test.each([
    ['the video itself', () => args(video), /is the video itself/],
    ['an unknown format', () => args(join(folder, 'x.jpg')), /videos can be written as mp4/],
    ['a codec of a GIF', () => args(join(folder, 'x.gif')), /--crf: a gif file has no choice of it/],
    [
      'an end before the start',
      () => args(join(folder, 'x.mp4'), '--start', '3', '--end', '2'),
      /--end: more than 3/,
    ],
    ['a missing folder', () => args(join(folder, 'none', 'x.mp4')), /the folder .* does not exist/],
    [
      'an unknown encoder',
      () => args(join(folder, 'x.mp4'), '--codec', 'nothing'),
      /--codec: nothing cannot be used: Unknown encoder 'nothing'/,
    ],
    [
      'a preset that there is not',
      () => args(join(folder, 'x.mp4'), '--preset', 'nothing'),
      /--codec: libx264 cannot be used: .*preset/i,
    ],
    [
      'a codec that the format does not take',
      () => args(join(folder, 'x.mp4'), '--codec', 'ffv1'),
      /--codec: ffv1 cannot be used: .*container/,
    ],
    [
      'a start behind the end',
      () => args(join(folder, 'x.mp4'), '--start', '1000'),
      /it holds no frames from 1000 seconds on/,
    ],
  ])('%s: one line', async (_, given, message) => {
    const { code, stderr } = await fns(given());
    const lines = stderr
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('error: '));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
    expect([1, 2]).toContain(code);
    expect(stderr).not.toContain('    at ');
  });

  test('no ffmpeg: one line says how it is installed', async () => {
    const { code, stderr } = await fns(args(join(folder, 'x.mp4')), { env: { PATH: folder } });
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^error: videos need ffmpeg, and ff\w+ was not found: install it \(.+\)$/);
  });

  test('a disk that is full: one line, and it goes on when there is room', async (context) => {
    await onSmallDisk(context, async (disk) => {
      const { code, stderr } = await fns(args(join(disk, 'full.mkv'), '--codec', 'ffv1'));
      expect(code).toBe(1);
      const lines = stderr
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('error: '));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/[Nn]o space left/);
      expect(await workers()).toBe('');
    });
  });
});
