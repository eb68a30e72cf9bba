import { describe, expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { frameCrop, frameOf } from '../../src/evaluate/frame.js';

function picture(width: number, height: number, value: (x: number, y: number) => number): Image {
  const pixel = (i: number) => {
    const at = Math.floor(i / 3);
    return value(at % width, Math.floor(at / width));
  };
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, (_, i) => pixel(i)) };
}

const texture = (x: number, y: number) => 60 + ((7 * x + 13 * y) % 50);
const photo = picture(400, 384, texture);

/** Draws a band of `depth` pixels at the border, `levels` brighter. */
function framed(image: Image, depth: number, levels: number): Image {
  const { width, height, data } = image;
  return picture(width, height, (x, y) => {
    const isBand = Math.min(x, y, width - 1 - x, height - 1 - y) < depth;
    return data[3 * (y * width + x)]! + (isBand ? levels : 0);
  });
}

describe('the frame', () => {
  test('of a network that draws none is 0', () => {
    expect(frameOf(photo, frameCrop(photo))).toEqual({ 8: 0, 16: 0, 32: 0 });
  });

  test('has its height as far as it is deep, and less over larger depths', () => {
    const draw = (image: Image) => framed(image, 16, 20);
    const frame = frameOf(draw(photo), draw(frameCrop(photo)));
    expect(frame[8]).toBe(20);
    expect(frame[16]).toBe(20);
    // The share of the band of 16 pixels in that of 32, of a crop of 272x256 pixels.
    const band = (depth: number) => 272 * 256 - (272 - 2 * depth) * (256 - 2 * depth);
    expect(frame[32]).toBeCloseTo((20 * band(16)) / band(32), 9);
  });

  test('does not count what differs inside as well, nor less at the border than inside', () => {
    const brighter = (image: Image) => framed(image, 400, 9);
    expect(frameOf(photo, brighter(frameCrop(photo)))).toEqual({ 8: 0, 16: 0, 32: 0 });
    const inside = framed(brighter(frameCrop(photo)), 40, -9);
    expect(frameOf(photo, inside)).toEqual({ 8: 0, 16: 0, 32: 0 });
  });

  test('is there for the smallest photos, and refused below', () => {
    const small = picture(256, 256, texture);
    expect(frameOf(small, framed(frameCrop(small), 8, 5))[8]).toBe(5);
    const tiny = picture(210, 300, texture);
    expect(() => frameOf(tiny, frameCrop(tiny))).toThrow(/a crop of 96 pixels/);
    expect(() => frameOf(photo, frameCrop(small))).toThrow(/272x256 is needed/);
  });
});
