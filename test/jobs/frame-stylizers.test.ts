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
  expect(await load({ threads: 3 })).toHaveLength(3);
  // A frame takes 59 MB, the program some 210.
  expect(await load({ threads: 3, memory: 300e6 })).toHaveLength(1);
  expect(await load({ threads: 3, memory: 350e6 })).toHaveLength(2);
  expect((await load({ threads: 4, memory: 350e6 })).some((each) => each.isLarge(SIZE))).toBe(false);
  // Four times the pixels.
  expect(await load({ threads: 3, memory: 500e6, strokeSize: 0.5 })).toHaveLength(1);
  // Two networks, of which each keeps its own.
  const two = 'wave=0.5,scream=0.5';
  open = await loadStyleForFrames(two, { device: 'cpu', threads: 3, memory: 350e6 }, SIZE);
  expect(open).toHaveLength(1);
  await close();
  await expect(loadStyleForFrames('wavy', { device: 'cpu', threads: 2 }, SIZE)).rejects.toThrow("'wavy'");
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
