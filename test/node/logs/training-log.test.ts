import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { openTrainingLog, type StepScalars } from '../../../src/node/logs/training-log.js';
import { trainingConfig } from '../../../src/train/config.js';
import { lossTags } from '../../../src/train/loss-tags.js';
import { newFolder } from '../../cli/fns.js';
import { onSmallDisk } from '../../small-disk.js';
import { readEvents } from './records.js';

const config = trainingConfig({
  name: 'wave',
  architecture: 'source',
  size: 16,
  batch: 4,
  contentWeight: 2,
  styleWeight: 10,
  tvWeight: 0.5,
  contentLayers: ['relu2_2', 'relu3_3=3'],
  styleLayers: ['relu1_2', 'relu4_3=0.5'],
});
const losses = {
  total: 999,
  'content/relu2_2': 1,
  'content/relu3_3': 2,
  'style/relu1_2': 4,
  'style/relu4_3': 6,
  tv: 8,
};
const TAGS = {
  'losses/content_loss': 7,
  'weighted_losses/weighted_content_loss': 14,
  'losses/style_loss': 7,
  'weighted_losses/weighted_style_loss': 70,
  'losses/regularizer_loss': 8,
  'weighted_losses/weighted_regularizer_loss': 4,
  'style_losses/vgg_16/conv1/conv1_2': 4,
  'style_losses/vgg_16/conv4/conv4_3': 6,
  total_loss: 999,
};
const values: StepScalars = { losses, learningRate: 0.25, seconds: 3 };

const jsonLines = async (folder: string) =>
  (await readFile(join(folder, 'log.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const eventFiles = async (folder: string) =>
  (await readdir(folder))
    .filter((name) => name.startsWith('events.'))
    .sort()
    .map((name) => join(folder, name));

describe('the source’s tags', () => {
  test('sums by the layers’ factors, each before and after its weight', () => {
    expect(lossTags(losses, config)).toEqual(TAGS);
  });

  test('losses of weight 0 are left out, the pixel loss is there when there is one', () => {
    const pixels = trainingConfig({ name: 'x', contentWeight: 0, styleWeight: 0, pixelWeight: 4 });
    expect(lossTags({ total: 12, pixel: 3 }, pixels)).toEqual({
      'losses/pixel_loss': 3,
      'weighted_losses/weighted_pixel_loss': 12,
      total_loss: 12,
    });
  });
});

describe('the log of a training', () => {
  test('the same numbers as JSON lines and as events, every so many steps', async () => {
    const folder = join(await newFolder(), 'new', 'logs');
    const log = await openTrainingLog({ folder, config, every: 10 });
    for (let step = 1; step <= 25; step++) log.scalars(step, { ...values, painting: 'wave' });
    await log.close();
    const lines = await jsonLines(folder);
    expect(lines.map(({ step }) => step)).toEqual([1, 10, 20]);
    expect(lines[1]).toEqual({ step: 10, seconds: 3, learningRate: 0.25, painting: 'wave', ...TAGS });
    const [file] = await eventFiles(folder);
    const { events } = await readEvents(file!);
    const tags = events[3]!.summary!.value.map(({ tag, simpleValue }) => [tag, simpleValue]);
    expect(events[3]!.step).toBe(10);
    expect(Object.fromEntries(tags)).toEqual({ ...TAGS, learning_rate: 0.25, 'paintings/wave': 999 });
  });

  test('pictures: the first three of the batch as PNG, taken when they are given', async () => {
    const folder = await newFolder();
    const log = await openTrainingLog({ folder, config });
    const shape = [4, 3, 16, 16];
    const generated = { shape, data: new Float32Array(4 * 3 * 16 * 16).fill(300) };
    const tens = new Float32Array(4 * 3 * 16 * 16).map((_, i) => Math.floor(i / (3 * 16 * 16)) * 10);
    log.images(7, { generated, origin: { shape, data: tens } });
    generated.data.fill(0);
    await log.close();
    const { events } = await readEvents((await eventFiles(folder))[0]!);
    const { step, summary } = events[2]!;
    expect(step).toBe(7);
    expect(summary!.value.map(({ tag }) => tag)).toEqual(
      ['generated', 'origin'].flatMap((name) => [0, 1, 2].map((i) => `${name}/image/${i}`)),
    );
    const colours = [];
    for (const { image } of summary!.value) {
      const { data, info } = await sharp(image!.encodedImageString)
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width: 16, height: 16, channels: 3 });
      colours.push(data[0]);
    }
    expect(colours).toEqual([255, 255, 255, 0, 10, 20]);
  });

  test('a training that goes on in its folder', async () => {
    const folder = await newFolder();
    // Killed: not closed.
    const first = await openTrainingLog({ folder, config, every: 10 });
    for (const step of [10, 20, 30]) first.scalars(step, values);
    while ((await readFile(join(folder, 'log.jsonl'), 'utf8')).split('\n').length < 4);
    const second = await openTrainingLog({ folder, config, every: 10, resumedAt: 20 });
    for (const step of [30, 40]) second.scalars(step, { ...values, seconds: 77 });
    await second.close();
    await first.close();
    expect((await jsonLines(folder)).map(({ step, seconds }) => [step, seconds])).toEqual([
      [10, 3],
      [20, 3],
      [30, 77],
      [40, 77],
    ]);
    const files = await eventFiles(folder);
    expect(files).toHaveLength(2);
    const { events } = await readEvents(files[1]!);
    expect(events[1]).toMatchObject({ step: 21, sessionLog: { status: 'START' } });
  });
});

describe('what cannot be written', () => {
  test('a folder that cannot be made is an error before the training', async () => {
    const path = join(await newFolder(), 'file');
    await writeFile(path, '');
    await expect(openTrainingLog({ folder: path, config })).rejects.toThrow(/cannot write .*file/);
  });

  test('a full device: one warning, and the other log goes on', async () => {
    const folder = await newFolder();
    await symlink('/dev/full', join(folder, 'log.jsonl'));
    const warnings: string[] = [];
    const log = await openTrainingLog({ folder, config, every: 1, onWarning: (w) => warnings.push(w) });
    for (const step of [1, 2, 3]) log.scalars(step, values);
    await log.close();
    expect(warnings).toEqual([
      `cannot write ${join(folder, 'log.jsonl')}: no space left on the device; the log is incomplete, the training goes on`,
    ]);
    const { events } = await readEvents((await eventFiles(folder))[0]!);
    expect(events.map(({ step }) => step)).toEqual([undefined, 1, 1, 2, 3]);
  });

  test('a disk that is full for a while: what is there is whole, and it goes on afterwards', (context) =>
    onSmallDisk(context, async (disk) => {
      const warnings: string[] = [];
      // A page each for the two logs: the first steps fit, the next do not.
      await writeFile(join(disk, 'ballast'), Buffer.alloc(14 * 4096));
      const log = await openTrainingLog({
        folder: disk,
        config,
        every: 1,
        onWarning: (w) => warnings.push(w),
      });
      for (let step = 1; step <= 40; step++) log.scalars(step, values);
      await until(() => warnings.length > 0);
      await writeFile(join(disk, 'ballast'), '');
      for (let step = 101; step <= 110; step++) log.scalars(step, values);
      await log.close();
      expect(warnings).toHaveLength(1);
      const steps = (await jsonLines(disk)).map(({ step }) => step);
      const { events, cut } = await readEvents((await eventFiles(disk))[0]!);
      expect(cut).toBe(false);
      const logged = events.slice(2).map(({ step }) => step);
      expect(steps.length + logged.length).toBeLessThan(100);
      for (const seen of [steps, logged]) {
        expect(seen[0]).toBe(1);
        expect(seen).toEqual([...seen].sort((a, b) => a! - b!));
        expect(seen.slice(-10)).toEqual(Array.from({ length: 10 }, (_, i) => 101 + i));
      }
    }));
});

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}
