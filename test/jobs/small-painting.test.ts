import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readPainting } from '../../src/jobs/training-files.js';
import { newFolder } from '../cli/fns.js';

test('a painting that is enlarged a lot is warned of, one of about the size is not', async () => {
  const path = join(await newFolder(), 'stamp.png');
  for (const [side, warnings] of [
    [20, [expect.stringMatching(/stamp\.png has 20x30 pixels and is enlarged to a shorter side of 64/)]],
    [60, []],
  ] as const) {
    const create = { width: side, height: side + 10, channels: 3, background: 'red' } as const;
    await sharp({ create }).png().toFile(path);
    const said: string[] = [];
    await readPainting({ name: 'a', images: [{ path, weight: 1 }] }, 64, (message) => said.push(message));
    expect(said).toEqual(warnings);
  }
});
