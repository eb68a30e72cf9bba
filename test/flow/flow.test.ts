import { describe, expect, test } from 'vitest';
import { readFlo, writeFlo } from '../../src/flow/flo-file.js';
import { consistentPixels, type Flow, resizeFlow, roundTripErrors } from '../../src/flow/flow-field.js';
import { loadOpticalFlow } from '../../src/flow/load-optical-flow.js';
import { squareSeen, waves } from './moving-pictures.js';

const constant = (width: number, height: number, dx: number, dy: number): Flow => ({
  width,
  height,
  dx: new Float32Array(width * height).fill(dx),
  dy: new Float32Array(width * height).fill(dy),
});

describe('a flow', () => {
  test('stretched to twice the size has vectors twice as long', () => {
    const large = resizeFlow(constant(10, 5, 1.5, -2), { width: 20, height: 10 });
    expect(large).toEqual(constant(20, 10, 3, -4));
  });

  test('there and back: no error, but infinite where the way leaves the picture', () => {
    const errors = roundTripErrors(constant(8, 4, 2, 0), constant(8, 4, -2, 0));
    for (let i = 0; i < errors.length; i++) {
      expect(errors[i]).toBe(i % 8 < 6 ? 0 : Number.POSITIVE_INFINITY);
    }
  });

  test('an error by the formula', () => {
    const errors = roundTripErrors(constant(8, 4, 2, 0), constant(8, 4, -1, 0));
    expect(errors[0]).toBeCloseTo(1 / (0.01 * (4 + 1) + 0.5), 6);
  });

  test('consistent pixels: not those that another thing hides, nor where motion changes suddenly', () => {
    const back = constant(8, 4, 0, 0);
    const forth = constant(8, 4, 0, 0);
    forth.dx[2 * 8 + 4] = 3;
    back.dx.fill(1, 0, 3);
    forth.dx.fill(-1, 0, 4);
    const seen = consistentPixels(back, forth);
    expect(seen[2 * 8 + 4]).toBe(0);
    expect(seen[2]).toBe(0);
    expect(seen[3 * 8 + 6]).toBe(1);
  });

  test('as a file: what was written is read; the bytes are those of the Middlebury format', () => {
    const flow = { width: 2, height: 1, dx: Float32Array.of(1, 2), dy: Float32Array.of(-3, 0.5) };
    const bytes = writeFlo(flow);
    expect(new TextDecoder('latin1').decode(bytes.subarray(0, 4))).toBe('PIEH');
    expect(bytes).toHaveLength(12 + 16);
    expect(readFlo(bytes, 'a.flo')).toEqual(flow);
    expect(() => readFlo(bytes.subarray(0, 20), 'a.flo')).toThrow('a.flo is not whole');
    expect(() => readFlo(new Uint8Array(3), 'a.flo')).toThrow('a.flo is no .flo file');
  });
});

describe('motion estimated', () => {
  test('of a picture that is shifted: within 0.15 pixels on average', async () => {
    const { between, grey } = await loadOpticalFlow();
    const [a, b] = [waves(0, 0), waves(3.5, -1.25)].map((picture) => grey(picture, 1000));
    const { dx, dy, width, height } = between(a!, b!);
    let error = 0;
    let count = 0;
    for (let y = 16; y < height - 16; y++) {
      for (let x = 16; x < width - 16; x++, count++) {
        error += Math.hypot(dx[y * width + x]! - 3.5, dy[y * width + x]! + 1.25);
      }
    }
    expect(error / count).toBeLessThan(0.15);
  });

  test('moved along it, the one is the other', async () => {
    const { between, grey, warp } = await loadOpticalFlow();
    const [a, b] = [waves(0, 0), waves(3.5, -1.25)];
    const moved = warp(b, between(grey(a, 1000), grey(b, 1000)));
    let error = 0;
    for (let y = 16; y < a.height - 16; y++) {
      for (let x = 16; x < a.width - 16; x++) {
        const i = 3 * (y * a.width + x);
        error = Math.max(error, Math.abs(moved.data[i]! - a.data[i]!));
      }
    }
    expect(error).toBeLessThan(8);
  });

  test('what a moving square uncovers is not consistent, the ground far from it is', async () => {
    const { between, grey } = await loadOpticalFlow();
    const [then, now] = [squareSeen(40), squareSeen(52)].map((picture) => grey(picture, 1000));
    const seen = consistentPixels(between(now!, then!), between(then!, now!));
    const share = (fromX: number, toX: number) => {
      let sum = 0;
      for (let y = 45; y < 75; y++) for (let x = fromX; x < toX; x++) sum += seen[y * 160 + x]!;
      return sum / (30 * (toX - fromX));
    };
    expect(share(42, 50)).toBeLessThan(0.5);
    expect(share(120, 150)).toBeGreaterThan(0.9);
  });
});
