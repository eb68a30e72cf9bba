import { describe, expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { uniformValues } from '../../src/core/random.js';
import { decodeStyle } from '../../src/files/style-file.js';
import type { JobEvent } from '../../src/jobs/job.js';
import { type TrainFromPicturesOptions, trainStyleFromPictures } from '../../src/jobs/train-from-pictures.js';
import { vggNetwork } from '../../src/nets/vgg.js';
import { openSession } from '../../src/node/session.js';
import { smallVgg } from '../runtime/small-training.js';

/** A picture of noise. */
function noise(width: number, height: number, seed: number): Image {
  const data = Uint8Array.from(uniformValues(3 * width * height, seed, 127), (v) => 128 + v);
  return { width, height, data };
}

const lossNetwork = vggNetwork('vgg16', smallVgg());
const options: TrainFromPicturesOptions = {
  ...{
    painting: noise(50, 40, 1),
    photos: [noise(30, 40, 2), noise(50, 20, 3), noise(24, 24, 4)],
    lossNetwork,
  },
  ...{ size: 16, width: 2, batch: 1, steps: 6, seed: 3, schedule: 'constant', device: 'cpu', threads: 1 },
  ...{ styleLayers: ['relu1_2', 'relu2_2'], contentLayers: ['relu2_2'] },
};

describe('a training from pictures in memory', () => {
  test('gives a style and checkpoints as bytes, and goes on from one as if never stopped', async () => {
    const events: JobEvent[] = [];
    const whole = await trainStyleFromPictures({ ...options, checkpointEvery: 2 }, openSession, {
      onEvent: (event) => events.push(event),
    });
    expect(decodeStyle(whole.style, 'it').info).toMatchObject({
      name: 'style',
      width: 2,
      steps: 6,
      lossNetwork: 'vgg16',
    });
    const checkpoints = events.filter((e) => e.type === 'checkpoint');
    expect(checkpoints.map(({ step }) => step)).toEqual([2, 4, 6]);
    const losses = (found: readonly JobEvent[]) =>
      found.flatMap((e) => (e.type === 'progress' && e.values ? [e.values] : []));
    expect(losses(events)).toHaveLength(6);

    const later: JobEvent[] = [];
    const resumed = await trainStyleFromPictures(
      { ...options, resume: checkpoints[0]!.bytes! },
      openSession,
      {
        onEvent: (event) => later.push(event),
      },
    );
    expect(losses(later)).toEqual(losses(events).slice(2));
    expect(Buffer.compare(resumed.style, whole.style)).toBe(0);
  });

  test('a signal ends it, and a longer one can be asked for', async () => {
    const stop = new AbortController();
    const first = await trainStyleFromPictures(options, openSession, {
      signal: stop.signal,
      onEvent: (event) => event.type === 'progress' && event.done === 2 && stop.abort(),
    });
    expect(first).toMatchObject({ steps: 2, stopped: true });
    const more = { ...options, resume: first.checkpoint, steps: 7 };
    expect(await trainStyleFromPictures(more, openSession)).toMatchObject({ steps: 7, stopped: false });
  });

  test('starts from a style', async () => {
    const { style } = await trainStyleFromPictures({ ...options, width: 4 }, openSession);
    const { width: _, ...others } = options;
    const next = await trainStyleFromPictures({ ...others, init: style, steps: 1 }, openSession);
    expect(decodeStyle(next.style, 'it').info.width).toBe(4);
  });

  test.each([
    ['no photos', { photos: [] }, 'photos: at least one photo is needed'],
    ['an option that is wrong', { batch: 0 }, 'batch: a whole number from 1 on is needed, got 0'],
    ['a layer that the weights lack', { styleLayers: ['relu4_1'] }, 'conv'],
    ['a checkpoint that is none', { resume: new Uint8Array(3) }, 'the checkpoint'],
  ])('%s is refused', async (_, more, message) => {
    await expect(trainStyleFromPictures({ ...options, ...more }, openSession)).rejects.toThrow(message);
  });

  test('other pictures than those of the checkpoint are refused', async () => {
    const { checkpoint } = await trainStyleFromPictures({ ...options, steps: 1 }, openSession);
    const other = { ...options, photos: [noise(30, 40, 9)], resume: checkpoint };
    await expect(trainStyleFromPictures(other, openSession)).rejects.toThrow('of other photos');
  });
});
