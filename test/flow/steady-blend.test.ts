import { describe, expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { randomGenerator } from '../../src/core/random.js';
import { createSteadyBlend } from '../../src/flow/create-steady-blend.js';
import { squareSeen, waves } from './moving-pictures.js';

/** The picture with noise of its own: a style that flickers. */
function flickering(frame: Image, seed: number): Image {
  const random = randomGenerator(seed);
  return { ...frame, data: frame.data.map((v) => Math.min(255, Math.max(0, v + 60 * (random() - 0.5)))) };
}

/** The mean squared difference of two pictures within a rectangle. */
function difference(a: Image, b: Image, [left, top, right, bottom] = [16, 16, 144, 104]): number {
  let sum = 0;
  for (let y = top!; y < bottom!; y++) {
    for (let i = 3 * (y * a.width + left!); i < 3 * (y * a.width + right!); i++) {
      sum += (a.data[i]! - b.data[i]!) ** 2;
    }
  }
  return sum / (3 * (right! - left!) * (bottom! - top!));
}

describe('a steady blend', () => {
  test('amount 0 gives what was drawn', async () => {
    const { blend } = await createSteadyBlend({ amount: 0 });
    blend(waves(0, 0), flickering(waves(0, 0), 1));
    const drawn = flickering(waves(2, 0), 2);
    expect(blend(waves(2, 0), drawn)).toBe(drawn);
  });

  test.each([-0.1, 1.1, Number.NaN])('amount %d is refused', async (amount) => {
    await expect(createSteadyBlend({ amount })).rejects.toThrow('0 to 1 is needed');
  });

  test('the first frame is as drawn, the noise of the others becomes less and less', async () => {
    const { blend } = await createSteadyBlend({ amount: 1 });
    const errors: number[] = [];
    for (let i = 0; i < 24; i++) {
      const frame = waves(0.7 * i, 0.4 * i);
      const drawn = flickering(frame, i);
      const shown = blend(frame, drawn);
      if (i === 0) expect(shown).toBe(drawn);
      errors.push(difference(shown, frame, [32, 32, 144, 104]));
    }
    expect(errors[1]!).toBeLessThan(0.85 * errors[0]!);
    expect(errors[23]!).toBeLessThan(0.25 * errors[0]!);
  });

  test('more is steadier', async () => {
    const noise = async (amount: number) => {
      const { blend } = await createSteadyBlend({ amount });
      let last = 0;
      for (let i = 0; i < 24; i++) {
        const frame = waves(0.5 * i, 0);
        last = difference(blend(frame, flickering(frame, i)), frame);
      }
      return last;
    };
    const [none, half, whole] = [await noise(0), await noise(0.5), await noise(1)];
    expect(half).toBeLessThan(0.7 * none);
    expect(whole).toBeLessThan(0.7 * half);
  });

  test('a square that moves leaves no ghost: what it uncovers is as drawn', async () => {
    const { blend } = await createSteadyBlend({ amount: 1 });
    for (const from of [30, 42]) blend(squareSeen(from), squareSeen(from));
    const now = squareSeen(54);
    const shown = blend(now, now);
    expect(difference(shown, now, [36, 45, 52, 75])).toBeLessThan(4);
  });

  test('after a cut nothing of the scene before is seen', async () => {
    const { blend } = await createSteadyBlend({ amount: 1 });
    blend(waves(0, 0), waves(0, 0));
    const other = squareSeen(60);
    expect(difference(blend(other, other), other)).toBeLessThan(1);
  });

  test('restored from its state it goes on with the same bytes', async () => {
    const one = await createSteadyBlend({ amount: 0.8 });
    for (let i = 0; i < 3; i++) one.blend(waves(i, 0), flickering(waves(i, 0), i));
    const other = await createSteadyBlend({ amount: 0.8 });
    other.restore(one.state()!);
    for (let i = 3; i < 6; i++) {
      const frame = waves(i, 0);
      const [a, b] = [one, other].map(({ blend }) => blend(frame, flickering(frame, i)));
      expect(a!.data).toEqual(b!.data);
    }
  });

  test('a frame of another size begins anew', async () => {
    const { blend } = await createSteadyBlend({ amount: 1 });
    blend(waves(0, 0), waves(0, 0));
    const small = { width: 2, height: 1, data: new Uint8Array(6) };
    expect(blend(small, small)).toBe(small);
  });
});
