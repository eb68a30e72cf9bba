import { describe, expect, test } from 'vitest';
import { FnsError } from '../../src/core/errors.js';
import type { Image } from '../../src/core/image.js';
import { decodeStyle, encodeStyle, type Style } from '../../src/files/style-file.js';
import { initialParameters } from '../../src/nets/parameters.js';
import { identityRow, rowLength } from '../../src/nets/rows.js';
import { openSession } from '../../src/node/session.js';
import { openStylizer } from '../../src/stylize/stylizer.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint-format.js';
import { mutated } from '../mutation.js';

const info = {
  name: 'x',
  architecture: 'modern' as const,
  width: 2,
  steps: 1,
  seed: 0,
  lossNetwork: 'vgg16',
  config: '{}',
  licence: '',
};

function styles(): Style[] {
  const parameters = new Map(initialParameters('modern', 2, 1, 2));
  parameters.set('identity', {
    shape: [rowLength(2)],
    data: identityRow(parameters.get('rows')!.data, 2),
  });
  return [
    { info, parameters: initialParameters('modern', 2, 1) },
    { info: { ...info, paintings: ['a', 'b'] }, parameters },
  ];
}

const photo: Image = { width: 20, height: 17, data: new Uint8Array(20 * 17 * 3).fill(99) };

/** Whether it was refused, in one clear line; anything else than that or success fails the test. */
async function refused(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(FnsError);
    const { message } = error as FnsError;
    expect(message.length).toBeGreaterThan(10);
    expect(message).not.toMatch(/undefined|\[object/);
    return true;
  }
}

describe('damaged files', () => {
  test('300 style files: read, or refused in one line', async () => {
    const files = styles().map((style) => encodeStyle(style));
    let count = 0;
    for (let seed = 0; seed < 300; seed++) {
      const bytes = mutated(files[seed % 2]!, seed);
      const broken = await refused(() => decodeStyle(bytes, 'x.onnx'));
      const unusable = await refused(async () => {
        const mix = seed % 2 === 1 ? { a: 1 } : undefined;
        const stylizer = await openStylizer(bytes, 'x.onnx', { device: 'cpu', threads: 1, openSession, mix });
        try {
          const { width, height } = await stylizer.stylize(photo);
          expect([width, height]).toEqual([20, 17]);
        } finally {
          await stylizer.close();
        }
      });
      if (broken || unusable) count++;
    }
    expect(count).toBeGreaterThan(100);
  }, 300_000);

  test('300 checkpoints: every one refused in one line', async () => {
    const tensors = initialParameters('modern', 2, 1);
    const bytes = await encodeCheckpoint({
      run: { a: 1 },
      seconds: 1,
      position: 2,
      state: { steps: 2, paintings: [{ steps: 1, loss: 5 }], tensors },
    });
    const read = await decodeCheckpoint(bytes, 'c');
    expect(read).toEqual({
      run: { a: 1 },
      seconds: 1,
      position: 2,
      state: { steps: 2, paintings: [{ steps: 1, loss: 5 }], tensors },
    });
    let changed = 0;
    for (let seed = 0; seed < 300; seed++) {
      const damaged = mutated(bytes, seed);
      if (Buffer.compare(damaged, bytes) === 0) continue;
      changed++;
      // Spaces that fill up the header mean nothing, and neither does the order of its keys: what is read must be the
      // same then.
      let same: unknown;
      const broken = await refused(async () => {
        same = await decodeCheckpoint(damaged, 'c');
      });
      if (!broken) expect(same).toEqual(read);
    }
    expect(changed).toBeGreaterThan(250);
  });
});
