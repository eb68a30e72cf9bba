import { expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { loadUpscaler } from '../../src/node/styles.js';

test('what is hidden under alpha 0 makes no difference to what can be seen enlarged', async () => {
  const upscaler = await loadUpscaler('upscale-x4', { device: 'cpu' });
  const [width, height] = [20, 16];
  const results: Image[] = [];
  for (const hidden of [0, 255]) {
    const data = new Uint8Array(3 * width * height).fill(hidden);
    const alpha = new Uint8Array(width * height);
    for (let i = 0; i < alpha.length; i++) {
      if (i % width < 6) continue;
      alpha[i] = 255;
      data.set([(i * 37) % 256, (i * 91) % 256, 120], 3 * i);
    }
    results.push(await upscaler.upscale({ width, height, data, alpha }));
  }
  await upscaler.close();
  const [a, b] = results as [Image, Image];
  expect(Buffer.compare(a.data, b.data)).toBe(0);
  expect(a.alpha).toEqual(b.alpha);
});
