/** The camera and videos in the studio, in a real browser; what they make is read with ffprobe. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Image, loadStyle, motion } from '../../src/api/node.js';
import { CHROMIUM } from '../../test/browser/chromium.js';
import { tinyStyleBytes } from '../../test/tiny-style.js';
import { FrameSize, SIDES } from '../app/camera/frame-size.js';
import { accessibilityFaults } from './accessibility.js';
import {
  FFMPEG,
  FRAMES,
  frameOf,
  HEIGHT,
  makeClip,
  meanDifference,
  probe,
  RATE,
  WIDTH,
  y4m,
} from './film-files.js';
import { downloadOf, dropFiles, openStudio, type TestFile, type TestStudio } from './open-studio.js';

test.each([1e-4, 1.5e-3, 6e-3])('a camera of %s ms a pixel finds its size and keeps it', (perPixel) => {
  const size = new FrameSize();
  const camera = { width: 1280, height: 720 };
  const timeOf = ({ width, height }: { width: number; height: number }) => width * height * perPixel;
  const next = () => {
    const drawn = size.of(camera);
    size.add(timeOf(drawn));
    return drawn;
  };
  for (let i = 0; i < 60; i++) next();
  const found = next();
  for (let i = 0; i < 200; i++) expect(next()).toEqual(found);
  expect([found.width % 2, found.height % 2]).toEqual([0, 0]);
  // Fluent, or the smallest there is; and no larger one would be.
  if (found.width > SIDES[0]) expect(timeOf(found)).toBeLessThanOrEqual(1000 / 11);
  const larger = SIDES.find((side) => side > found.width);
  if (larger) expect(timeOf({ width: larger, height: (larger * 9) / 16 })).toBeGreaterThan(1000 / 15);
  expect(size.of({ width: 20, height: 10 })).toEqual({ width: 20, height: 10 });
});

describe.runIf(CHROMIUM && FFMPEG)('the camera', () => {
  let studio: TestStudio;
  let folder: string;
  const cameraArguments = (clip: string) => [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${clip}`,
  ];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fns-camera-'));
    const clip = join(folder, 'camera.y4m');
    await writeFile(clip, y4m());
    studio = await openStudio(cameraArguments(clip));
  });

  afterAll(async () => {
    await studio?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const live = 'canvas.after:not([style*="hidden"])';
  const pixels = (page: Page) =>
    page.locator(live).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

  test('is live, takes snapshots and records; it ends with its view', async () => {
    const { page, context, complaints } = await studio.open('?device=cpu#style=tiny');
    // What videos need comes with their view.
    const loaded = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name),
    );
    expect(loaded.filter((name) => /formats|recording|camera-view|film\.worker/.test(name))).toEqual([]);
    await page.getByRole('link', { name: 'Camera' }).click();
    await page.waitForSelector(live);
    const first = await pixels(page);
    await expect.poll(() => pixels(page), { timeout: 20_000 }).not.toBe(first);
    await expect
      .poll(() => page.textContent('.status'), { timeout: 20_000 })
      .toMatch(/^64 × 48 · WebAssembly · [\d.]*[1-9][\d.]* frames a second/);
    expect(await accessibilityFaults(page)).toEqual([]);

    for (const [label, format] of [
      ['PNG', 'png'],
      ['JPEG', 'jpeg'],
    ] as const) {
      await page.getByLabel('Snapshot as').selectOption({ label });
      const { name, path } = await downloadOf(page, () =>
        page.getByRole('button', { name: 'Snapshot', exact: true }).click(),
      );
      expect(name).toBe(`camera-tiny.${format === 'png' ? 'png' : 'jpg'}`);
      expect(await sharp(await readFile(path)).metadata()).toMatchObject({ format, width: 64, height: 48 });
    }

    for (const [label, codec] of [
      ['WebM', 'vp9'],
      ['MP4', 'h264'],
    ] as const) {
      await page.getByLabel('Record as').selectOption({ label });
      await page.getByRole('button', { name: 'Record', exact: true }).click();
      await page.getByRole('timer').getByText('0:01').waitFor();
      const { name, path } = await downloadOf(page, () =>
        page.getByRole('button', { name: 'Stop', exact: true }).click(),
      );
      expect(name).toBe(`camera-tiny.${label.toLowerCase()}`);
      const film = await probe(path);
      expect(film).toMatchObject({ codec, width: 64, height: 48 });
      expect(film.duration).toBeGreaterThan(0.5);
      expect(film.frames).toBeGreaterThanOrEqual(2);
      // The camera gives no more.
      expect(film.frames / film.duration).toBeLessThanOrEqual(2 * RATE + 2);
    }

    await page.locator('video').evaluate((video: HTMLVideoElement) => {
      Object.assign(globalThis, { track: (video.srcObject as MediaStream).getVideoTracks()[0] });
    });
    await page.getByRole('link', { name: 'Photo' }).click();
    await expect
      .poll(() =>
        page.evaluate(() => (globalThis as unknown as { track: MediaStreamTrack }).track.readyState),
      )
      .toBe('ended');
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('is live on WebGPU', async () => {
    const { page, context, complaints } = await studio.open('?device=webgpu#view=camera&style=tiny');
    await page.waitForSelector(live);
    const first = await pixels(page);
    await expect.poll(() => pixels(page), { timeout: 60_000 }).not.toBe(first);
    await expect
      .poll(() => page.textContent('.status'), { timeout: 60_000 })
      .toMatch(/WebGPU · [\d.]*[1-9][\d.]* frames a second/);
    expect(complaints).toEqual([]);
    await context.close();
  }, 180_000);

  test('mirrors the picture, and has the look that is chosen', async () => {
    const { page, context } = await studio.open('?device=cpu#view=camera&style=tiny&strength=0');
    await page.waitForSelector(live);
    /** How much brighter the right side is, without the style. */
    const slope = () =>
      page.locator(live).evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 40, 64, 1);
        return data[4 * 56]! - data[4 * 8]!;
      });
    expect(await slope()).toBeLessThan(-50);
    await page.getByRole('button', { name: 'Mirrored' }).click();
    await expect.poll(slope, { timeout: 20_000 }).toBeGreaterThan(50);
    await context.close();
  });
});

describe.runIf(CHROMIUM && FFMPEG)('videos', () => {
  let studio: TestStudio;
  let clip: TestFile;
  let clipPath: string;

  beforeAll(async () => {
    studio = await openStudio();
    clipPath = join(studio.folder, 'clip.webm');
    await makeClip(clipPath, ['-c:v', 'libvpx', '-b:v', '2M', '-c:a', 'libopus']);
    clip = { name: 'clip.webm', mimeType: 'video/webm', buffer: await readFile(clipPath) };
  });

  afterAll(() => studio?.close());

  const openVideo = async (page: Page, file: TestFile) => {
    await dropFiles(page, [file]);
    await page.waitForSelector('canvas.after[data-drawn="true"]');
  };

  test('without a camera the view says so', async () => {
    const { page, context } = await studio.open('#view=camera&style=tiny');
    await page.getByRole('alert').getByRole('button', { name: 'Try again' }).waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(
      /^(No camera was found|The camera is blocked)/,
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    await context.close();
  });

  test('become WebM and MP4 with their frames, length and sound', async () => {
    const { page, context, complaints } = await studio.open('?device=cpu#style=tiny');
    // Dropped on the photo's view, it opens that of videos.
    await openVideo(page, clip);
    expect(await page.textContent('.status')).toMatch(/^64 × 48 · 0:01 · 12 frames a second · with sound/);
    expect(await accessibilityFaults(page)).toEqual([]);
    const stylizer = await loadStyle(tinyStyleBytes(1), { device: 'cpu' });
    const before = await probe(clipPath);
    for (const [label, codec] of [
      ['WebM', 'vp9'],
      ['MP4', 'h264'],
    ] as const) {
      await page.getByLabel('Make it as').selectOption({ label });
      await page.getByRole('button', { name: 'Make video' }).click();
      // It plays in the page.
      await page.waitForSelector('video.after');
      await expect
        .poll(() => page.locator('video.after').evaluate((video: HTMLVideoElement) => video.videoWidth))
        .toBe(WIDTH);
      const { name, path } = await downloadOf(page, () =>
        page.getByRole('button', { name: 'Save video' }).click(),
      );
      expect(name).toBe(`clip-tiny.${label.toLowerCase()}`);
      const after = await probe(path);
      expect(after).toMatchObject({ codec, width: WIDTH, height: HEIGHT, frames: FRAMES, sound: 'opus' });
      expect(after.soundFrames).toBe(before.soundFrames);
      expect(Math.abs(after.duration - before.duration)).toBeLessThanOrEqual(1 / RATE);
      // Each frame is what Node draws, but for what the codecs lose.
      for (const frame of [0, 7]) {
        const image = { width: WIDTH, height: HEIGHT, data: await frameOf(clipPath, frame) };
        const wanted = (await stylizer.stylize(image)).data;
        const drawn = await frameOf(path, frame);
        expect(meanDifference(drawn, wanted)).toBeLessThan(8);
        expect(meanDifference(drawn, wanted)).toBeLessThan(meanDifference(drawn, image.data) / 2);
      }
      if (label === 'WebM') expect(await accessibilityFaults(page)).toEqual([]);
      await page.getByRole('button', { name: 'Another look' }).click();
    }
    await stylizer.close();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('on WebGPU have the frames that Node draws', async () => {
    const { page, context, complaints } = await studio.open('?device=webgpu#view=video&style=tiny');
    await openVideo(page, clip);
    await page.getByRole('button', { name: 'Make video' }).click();
    await page.waitForSelector('video.after');
    const { path } = await downloadOf(page, () => page.getByRole('button', { name: 'Save video' }).click());
    expect(await probe(path)).toMatchObject({ width: WIDTH, height: HEIGHT, frames: FRAMES });
    const stylizer = await loadStyle(tinyStyleBytes(1), { device: 'cpu' });
    const image = { width: WIDTH, height: HEIGHT, data: await frameOf(clipPath, 7) };
    const wanted = (await stylizer.stylize(image)).data;
    await stylizer.close();
    expect(meanDifference(await frameOf(path, 7), wanted)).toBeLessThan(8);
    expect(complaints).toEqual([]);
    await context.close();
  }, 180_000);

  test('is made steady: each picture keeps what goes on from the one before', async () => {
    const path = join(studio.folder, 'noise.webm');
    await makeClip(path, ['-vf', 'noise=alls=50:allf=t+u', '-c:v', 'libvpx', '-b:v', '4M', '-an']);
    const { page, context, complaints } = await studio.open('?device=cpu#view=video&style=tiny');
    await openVideo(page, { name: 'noise.webm', mimeType: 'video/webm', buffer: await readFile(path) });
    await page.getByLabel('Steady, against flicker').fill('1');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Make it as').selectOption({ label: 'WebM' });
    await page.getByRole('button', { name: 'Make video' }).click();
    const { path: made } = await downloadOf(page, () =>
      page.getByRole('button', { name: 'Save video' }).click(),
    );
    expect(await probe(made)).toMatchObject({ frames: FRAMES });
    const stylizer = await loadStyle(tinyStyleBytes(1), { device: 'cpu' });
    const { blend } = await motion.createSteadyBlend({ amount: 1 });
    const plain: Image[] = [];
    const steady: Image[] = [];
    for (let i = 0; i <= 7; i++) {
      const frame = { width: WIDTH, height: HEIGHT, data: await frameOf(path, i) };
      plain.push(await stylizer.stylize(frame));
      steady.push(blend(frame, plain[i]!));
    }
    await stylizer.close();
    const [before, drawn] = [await frameOf(made, 6), await frameOf(made, 7)];
    expect(meanDifference(drawn, steady[7]!.data)).toBeLessThan(meanDifference(drawn, plain[7]!.data));
    const change = meanDifference(plain[7]!.data, plain[6]!.data);
    expect(meanDifference(drawn, before)).toBeLessThan(0.6 * change);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('is made smaller, and can be cancelled and made again', async () => {
    const large = join(studio.folder, 'large.webm');
    await makeClip(large, ['-c:v', 'libvpx', '-an', '-frames:v', '4'], '402x302');
    const { page, context } = await studio.open('?device=cpu#view=video&style=tiny');
    await openVideo(page, { name: 'large.webm', mimeType: 'video/webm', buffer: await readFile(large) });
    expect(await page.textContent('.status')).toMatch(/^402 × 302 .* no sound/);
    await page.getByLabel('Size').selectOption({ label: 'longer side 320' });
    await page.getByRole('button', { name: 'Make video' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForSelector('canvas.after[data-drawn="true"]');
    expect(await page.locator('video').count()).toBe(0);
    expect(await page.locator('.message').count()).toBe(0);
    await page.getByRole('button', { name: 'Make video' }).click();
    const { path: made } = await downloadOf(page, () =>
      page.getByRole('button', { name: 'Save video' }).click(),
    );
    expect(await probe(made)).toMatchObject({ width: 320, height: 240, frames: 4, sound: undefined });
    await context.close();
  });

  test('what cannot be read or decoded gets one sentence', async () => {
    const { page, context } = await studio.open('?device=cpu#view=video&style=tiny');
    const other = join(studio.folder, 'other.mp4');
    await makeClip(other, ['-c:v', 'mpeg4', '-c:a', 'aac']);
    const tone = join(studio.folder, 'tone.webm');
    await makeClip(tone, ['-vn', '-c:a', 'libopus']);
    const files: [TestFile, RegExp][] = [
      [
        { name: 'notes.mp4', mimeType: 'video/mp4', buffer: Buffer.from('hello') },
        /^notes\.mp4 cannot be read as a video/,
      ],
      [
        { name: 'other.mp4', mimeType: 'video/mp4', buffer: await readFile(other) },
        /cannot decode MPEG-4 Visual/,
      ],
      [
        { name: 'tone.webm', mimeType: 'video/webm', buffer: await readFile(tone) },
        /^tone\.webm has sound but no pictures/,
      ],
    ];
    for (const [file, sentence] of files) {
      await dropFiles(page, [file]);
      await page.locator('.message.error').waitFor();
      expect(await page.locator('.message.error p').allTextContents()).toEqual([
        expect.stringMatching(sentence),
      ]);
      await page.getByRole('button', { name: 'Done' }).click();
    }
    await context.close();
  });

  test('axe finds nothing on a dark phone in Chinese', async () => {
    const { page, context } = await studio.open('#view=camera&style=tiny', {
      ...{ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
      ...{ colorScheme: 'dark', locale: 'zh-CN' },
    });
    for (const button of ['重试', '打开视频']) {
      await page.locator('.stage-words').getByRole('button', { name: button }).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(excess).toBeLessThanOrEqual(0);
      await page.getByRole('link', { name: '视频' }).click();
    }
    await context.close();
  });
});
