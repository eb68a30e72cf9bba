import { describe, expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { borderProfile, frameCrop, frameOf } from '../../src/evaluate/frame.js';

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

/** The frame of pictures of one photo. */
const frame = (whole: Image, crop: Image) => frameOf([borderProfile(whole, crop)]);

describe('the frame', () => {
  test('of a network that draws none is 0', () => {
    expect(frame(photo, frameCrop(photo))).toEqual({ 8: 0, 16: 0, 32: 0 });
  });

  test('has its height as far as it is deep, and less over larger depths', () => {
    const draw = (image: Image) => framed(image, 16, 20);
    const drawn = frame(draw(photo), draw(frameCrop(photo)));
    for (const [depth, levels] of [
      [8, 20],
      [16, 20],
      [32, 10],
    ] as const) {
      expect(drawn[depth]).toBeCloseTo(levels, 9);
    }
  });

  test('is seen where it is dark and bright by turns, and at one side alone', () => {
    const lines = (image: Image) =>
      picture(image.width, image.height, (x, y) => {
        const at = 3 * (y * image.width + x);
        return image.data[at]! + (x < 8 ? (x % 2 === 0 ? 12 : -12) : 0);
      });
    expect(frame(photo, lines(frameCrop(photo)))[8]).toBeCloseTo(3, 9);
  });

  test('does not count what differs inside as well', () => {
    const brighter = (image: Image) => framed(image, 400, 9);
    const same = frame(photo, brighter(frameCrop(photo)));
    for (const levels of Object.values(same)) expect(levels).toBeCloseTo(0, 9);
  });

  test('does not count what differs from picture to picture', () => {
    const [up, down] = [25, -25].map((levels) => framed(frameCrop(photo), 32, levels));
    const both = frameOf([borderProfile(photo, up!), borderProfile(photo, down!)]);
    expect(both[8]).toBeCloseTo(0, 9);
  });

  test('is there for the smallest photos, and refused below', () => {
    const small = picture(256, 256, texture);
    expect(frame(small, framed(frameCrop(small), 8, 5))[8]).toBeCloseTo(5, 9);
    const tiny = picture(210, 300, texture);
    expect(() => frame(tiny, frameCrop(tiny))).toThrow(/a crop of 96 pixels/);
    expect(() => frame(photo, frameCrop(small))).toThrow(/272x256 is needed/);
  });
});
