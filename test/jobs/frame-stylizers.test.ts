import { afterEach, expect, test } from 'vitest';
import { loadStyleForFrames } from '../../src/jobs/frame-stylizers.js';
import { loadStyle } from '../../src/node/styles.js';
import type { Stylizer } from '../../src/stylize/stylizer.js';

let open: Stylizer[] = [];
const close = async () => {
  for (const stylizer of open.splice(0)) await stylizer.close();
};
afterEach(close);

const SIZE = { width: 640, height: 360 };
const load = async (options: Parameters<typeof loadStyleForFrames>[1]) => {
  await close();
  open = await loadStyleForFrames('wave', { device: 'cpu', ...options }, SIZE);
  return open;
};

test('a style is loaded once for each thread, and less often where the memory allows no more', async () => {
  expect(await load({ threads: 1 })).toHaveLength(1);
  expect(await load({ threads: 2 })).toHaveLength(2);
  expect(await load({ threads: 3, memory: 900e6 })).toHaveLength(3);
  // Each takes some 270 MB.
  expect(await load({ threads: 3, memory: 600e6 })).toHaveLength(1);
  expect(await load({ threads: 4, memory: 600e6 })).toHaveLength(2);
  expect((await load({ threads: 4, memory: 600e6 })).every((each) => !each.isLarge(SIZE))).toBe(true);
});

test('each of them draws what the style draws', async () => {
  const frame = { width: 48, height: 32, data: Uint8Array.from({ length: 48 * 32 * 3 }, (_, i) => i * 7) };
  const plain = await loadStyle('wave', { device: 'cpu' });
  const wanted = await plain.stylize(frame);
  await plain.close();
  for (const stylizer of await load({ threads: 2 })) {
    const { data } = await stylizer.stylize(frame);
    const most = data.reduce((sum, value, i) => Math.max(sum, Math.abs(value - wanted.data[i]!)), 0);
    expect(most).toBeLessThanOrEqual(1);
  }
});
