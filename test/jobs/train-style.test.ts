import { copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeStyle } from '../../src/files/style-file.js';
import type { JobEvent } from '../../src/jobs/job.js';
import { resumeStyle } from '../../src/jobs/resume-style.js';
import { stylizePictures } from '../../src/jobs/stylize-pictures.js';
import { type TrainStyleOptions, trainStyle } from '../../src/jobs/train-style.js';
import type { TrainingResult } from '../../src/jobs/training-result.js';
import { takeLock } from '../../src/node/lock.js';
import { newFolder } from '../cli/fns.js';
import { type Materials, trainingMaterials } from '../materials.js';

let materials: Materials;

beforeAll(async () => {
  materials = await trainingMaterials();
});

/** A training of a few steps. */
function small(more: Partial<TrainStyleOptions> = {}): TrainStyleOptions {
  const { painting, photos, weights } = materials;
  return {
    ...{ painting, photos, weights, init: 'none', name: 'x', size: 16, width: 2, batch: 1, seed: 5 },
    ...{ styleLayers: ['relu1_2', 'relu2_2'], contentLayers: ['relu2_2'], schedule: 'constant' },
    ...{ device: 'cpu', threads: 1, steps: 4, tvWeight: 0.01 },
    ...more,
  };
}

/** A folder with a training of four steps, its painting and its photos: everything may be moved with it. */
async function wholeTraining(): Promise<{ folder: string; out: string }> {
  const folder = await newFolder();
  await copyFile(materials.painting, join(folder, 'painting.jpg'));
  await cp(materials.photos, join(folder, 'photos'), { recursive: true });
  const out = join(folder, 'a.onnx');
  const places = { painting: join(folder, 'painting.jpg'), photos: join(folder, 'photos') };
  await trainStyle(small({ ...places, out }));
  return { folder, out };
}

describe('trainStyle', () => {
  test('tells how it goes, and returns and writes the same style', async () => {
    const events: JobEvent[] = [];
    const out = join(materials.folder, 'told.onnx');
    const result = await trainStyle(small({ out, checkpointEvery: 2, previewEvery: 3 }), {
      onEvent: (event) => events.push(event),
    });
    const of = <T extends JobEvent['type']>(type: T) =>
      events.filter((e): e is Extract<JobEvent, { type: T }> => e.type === type);
    const steps = of('progress').filter(({ unit }) => unit === 'step');
    expect(steps.map(({ done, all, share }) => [done, all, share])).toEqual([
      [1, 4, 0.25],
      [2, 4, 0.5],
      [3, 4, 0.75],
      [4, 4, 1],
    ]);
    for (const { values } of steps) {
      const { total, content, style, tv } = values!;
      expect(content! + style! + tv!).toBeCloseTo(total!, 4);
    }
    expect(of('checkpoint').map(({ step }) => step)).toEqual([2, 4]);
    expect(of('preview').map(({ step, path }) => [step, path])).toEqual([
      [3, join(materials.folder, 'told.preview.jpg')],
      [4, join(materials.folder, 'told.preview.jpg')],
    ]);
    expect(of('file')).toEqual([{ type: 'file', path: out }]);
    expect(of('note').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^skipped .*broken\.jpg: cannot read/),
    ]);
    expect(result).toMatchObject({ out, steps: 4, device: 'cpu', stopped: false });
    expect(result.losses!.total).toBe(steps.at(-1)!.values!.total);
    expect(Buffer.compare(await readFile(out), result.style)).toBe(0);
    const picture = join(materials.folder, 'told.png');
    const made = await stylizePictures({ photos: materials.painting, style: result.style, out: picture });
    expect(made).toEqual({ written: [picture], finished: [], failed: [], stopped: false });
  });

  test('writes nothing without a file to write, and gives the same style', async () => {
    const before = await readdir(materials.folder);
    const { style, out, folder } = await trainStyle(small());
    expect([out, folder]).toEqual([undefined, undefined]);
    expect(await readdir(materials.folder)).toEqual(before);
    expect(Buffer.compare(await readFile(join(materials.folder, 'told.onnx')), style)).toBe(0);
  });

  test.each([
    ['', {}],
    [', with a stability loss', { stabilityWeight: 3 }],
  ])('a signal ends it with a checkpoint, from which it goes on as if never stopped%s', async (_, more) => {
    const [whole, cut] = [join(materials.folder, 'whole.onnx'), join(materials.folder, 'cut.onnx')];
    await trainStyle(small({ ...more, out: whole, steps: 8, force: true }));
    const stop = new AbortController();
    const first = await trainStyle(small({ ...more, out: cut, steps: 8, force: true }), {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'progress' && event.done === 3) stop.abort();
      },
    });
    expect(first).toMatchObject({ steps: 3, stopped: true });
    expect(await resumeStyle(first.folder!)).toMatchObject({ steps: 8, stopped: false });
    expect(Buffer.compare(await readFile(cut), await readFile(whole))).toBe(0);
  });

  test.each([
    [{ painting: 'nowhere.jpg' }, 'failure', 'nowhere.jpg'],
    [{ photos: 'nowhere' }, 'failure', 'nowhere'],
    [{ learningRate: -1 }, 'usage', 'learningRate: a number above 0 is needed, got -1'],
    [{ out: 'x.pth' }, 'usage', "out: a file that ends in .onnx is needed, got 'x.pth'"],
    [{ styleWeight: 0, contentWeight: 0 }, 'usage', 'nothing to learn'],
    [{ init: 'starry', width: 24 }, 'usage', 'width'],
  ] as const)('%j is refused', async (more, kind, message) => {
    await expect(trainStyle(small(more))).rejects.toMatchObject({
      name: 'FnsError',
      kind,
      message: expect.stringContaining(message),
    });
  });
});

describe('a training that is there is never lost', () => {
  test('a new one in its place is refused unless forced', async () => {
    const { out, folder } = await wholeTraining();
    const before = await readFile(out);
    const refused = trainStyle(small({ out, seed: 9 }));
    await expect(refused).rejects.toMatchObject({ kind: 'usage', code: 'training-exists' });
    expect(await readFile(out)).toEqual(before);
    // Any other file as well.
    await writeFile(join(folder, 'mine.onnx'), 'mine');
    const other = trainStyle(small({ out: join(folder, 'mine.onnx') }));
    await expect(other).rejects.toMatchObject({ code: 'training-exists' });
    expect(await readFile(join(folder, 'mine.onnx'), 'utf8')).toBe('mine');
    const { style } = await trainStyle(small({ out, seed: 9, force: true }));
    expect(decodeStyle(style, out).info.seed).toBe(9);
    expect(Buffer.compare(await readFile(out), style)).toBe(0);
  });

  test('two at a time in one place are refused', async () => {
    const out = join(await newFolder(), 'two.onnx');
    const stop = new AbortController();
    let first: Promise<TrainingResult> | undefined;
    await new Promise<void>((resolve) => {
      // Nothing is saved before the end, so that the lock alone keeps the place.
      first = trainStyle(small({ out, steps: 1_000_000, checkpointEvery: 0, previewEvery: 0 }), {
        signal: stop.signal,
        onEvent: ({ type }) => type === 'progress' && resolve(),
      });
    });
    try {
      for (const force of [true, false]) {
        await expect(trainStyle(small({ out, force }))).rejects.toThrow(
          /the training .*two\.training is in use by another program/,
        );
      }
    } finally {
      stop.abort();
    }
    const { folder } = await first!;
    expect(await readdir(folder!)).not.toContain('lock');
    expect(await resumeStyle(folder!, { steps: 1 })).toMatchObject({ stopped: false });
  });

  test('a copy goes on beside itself, and the original stays as it is', async () => {
    const { folder, out } = await wholeTraining();
    const original = await readFile(out);
    await cp(join(folder, 'a.training'), join(folder, 'b.training'), { recursive: true });
    const result = await resumeStyle(join(folder, 'b.training'), { steps: 6 });
    expect(result).toMatchObject({
      out: join(folder, 'b.onnx'),
      folder: join(folder, 'b.training'),
      steps: 6,
    });
    expect(await readFile(out)).toEqual(original);
    // Both come to the same.
    await resumeStyle(join(folder, 'a.training'), { steps: 6 });
    expect(await readFile(join(folder, 'b.onnx'))).toEqual(await readFile(out));
  });

  test('a folder that was moved with its painting and its photos goes on where it is now', async () => {
    const { folder } = await wholeTraining();
    const moved = join(await newFolder(), 'moved');
    await rename(folder, moved);
    const notes: string[] = [];
    const result = await resumeStyle(
      join(moved, 'a.training'),
      { steps: 6 },
      { onEvent: (event) => event.type === 'note' && notes.push(event.message) },
    );
    expect(result.out).toBe(join(moved, 'a.onnx'));
    expect(notes.filter((note) => note.includes('not those of before'))).toEqual([]);
  });

  test('what was moved away can be named, and must be what it was', async () => {
    const { folder, out } = await wholeTraining();
    const elsewhere = await newFolder();
    await rename(join(folder, 'painting.jpg'), join(elsewhere, 'p.jpg'));
    await rename(join(folder, 'photos'), join(elsewhere, 'pictures'));
    await expect(resumeStyle(out, { steps: 6 })).rejects.toThrow(/cannot read .*painting\.jpg/);
    const places = { painting: join(elsewhere, 'p.jpg'), photos: join(elsewhere, 'pictures') };
    expect(await resumeStyle(out, { ...places, steps: 6 })).toMatchObject({ steps: 6 });
    const other = { ...places, painting: materials.otherPainting };
    await expect(resumeStyle(out, { ...other, steps: 7 })).rejects.toThrow('is not the painting of before');
    // From now on it knows the new places.
    expect(await resumeStyle(out, { steps: 7 })).toMatchObject({ steps: 7 });
  });

  test('it can go on in another place, which must be free', async () => {
    const { folder, out } = await wholeTraining();
    const before = await readFile(out);
    const other = join(folder, 'other.onnx');
    expect(await resumeStyle(out, { out: other, steps: 6 })).toMatchObject({ out: other, steps: 6 });
    expect(await readFile(out)).toEqual(before);
    await expect(resumeStyle(out, { out: other, steps: 7 })).rejects.toMatchObject({
      code: 'training-exists',
    });
    expect(await resumeStyle(out, { out: other, steps: 7, force: true })).toMatchObject({ steps: 7 });
  });

  test('a copy does not replace somebody else’s file of its name', async () => {
    const { folder } = await wholeTraining();
    await cp(join(folder, 'a.training'), join(folder, 'mine.training'), { recursive: true });
    await writeFile(join(folder, 'mine.onnx'), 'mine');
    const going = () => resumeStyle(join(folder, 'mine.training'), { steps: 6 });
    await expect(going()).rejects.toMatchObject({ code: 'training-exists' });
    expect(await readFile(join(folder, 'mine.onnx'), 'utf8')).toBe('mine');
    await rm(join(folder, 'mine.onnx'));
    expect(await going()).toMatchObject({ steps: 6 });
  });

  test('a folder of any name goes on, its file beside it', async () => {
    const { folder } = await wholeTraining();
    await mkdir(join(folder, 'backup'));
    const checkpoint = 'checkpoint.safetensors';
    await copyFile(join(folder, 'a.training', checkpoint), join(folder, 'backup', checkpoint));
    expect(await resumeStyle(join(folder, 'backup'), { steps: 6 })).toMatchObject({
      out: join(folder, 'backup.onnx'),
      folder: join(folder, 'backup'),
    });
  });

  test('a checkpoint that is named is the one that it goes back to', async () => {
    const { folder, out } = await wholeTraining();
    const place = join(folder, 'a.training');
    const [own, older] = [join(place, 'checkpoint.safetensors'), join(place, 'older.safetensors')];
    await copyFile(own, older);
    await resumeStyle(out, { steps: 6 });
    const six = await readFile(out);
    const notes: string[] = [];
    const onEvent = (event: JobEvent) => event.type === 'note' && notes.push(event.message);
    await resumeStyle(older, { steps: 6 }, { onEvent });
    expect(notes).toContain('going on after step 4');
    expect(await readFile(out)).toEqual(six);
    await expect(resumeStyle(join(place, 'none.safetensors'))).rejects.toThrow(
      /^no checkpoint in .*none\.safetensors/,
    );
  });

  test('its checkpoint is read under its lock, which is given back when it cannot go on', async () => {
    const { folder, out } = await wholeTraining();
    const place = join(folder, 'a.training');
    // Whoever reads it first says that it is damaged.
    await writeFile(join(place, 'checkpoint.safetensors'), 'damaged');
    const lock = await takeLock(join(place, 'lock'), 'it');
    await expect(resumeStyle(out)).rejects.toThrow('in use by another program');
    await lock.release();
    for (let tries = 0; tries < 2; tries++) {
      await expect(resumeStyle(out)).rejects.toThrow(/checkpoint\.safetensors/);
      expect(await readdir(place)).not.toContain('lock');
    }
    await expect(resumeStyle(join(folder, 'photos'))).rejects.toThrow('no checkpoint in');
    expect(await readdir(join(folder, 'photos'))).not.toContain('lock');
  });

  test('a file whose extension is in capitals keeps it', async () => {
    const folder = await newFolder();
    const out = join(folder, 'Wave.ONNX');
    await trainStyle(small({ out }));
    expect(await resumeStyle(out, { steps: 5 })).toMatchObject({ out, steps: 5 });
    expect(await resumeStyle(join(folder, 'Wave.training'), { steps: 6 })).toMatchObject({ out, steps: 6 });
    expect((await readdir(folder)).filter((file) => /onnx$/i.test(file))).toEqual(['Wave.ONNX']);
  });
});
