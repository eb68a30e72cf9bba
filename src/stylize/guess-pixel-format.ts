/** Guesses how a network wants its pictures from what it makes of a test picture. */
import { resizeBicubic } from '../core/bicubic.js';
import { clipPlanes, type Planes } from '../core/planes.js';
import { uniformValues } from '../core/random.js';
import type { Size } from '../core/sizes.js';
import {
  type ChannelOrder,
  fromNetwork,
  type PixelFormat,
  type PixelRange,
  type StatedFormat,
  toNetwork,
} from '../files/pixel-format.js';

/** The side of the test picture for networks of any size. */
export const TEST_SIDE = 192;

/** Pixels of one blotch of colour in the test picture. */
const BLOTCH = 2;

/**
 * Blue is taken for the first channel when the brightness of the result follows the third channel so many times as much
 * as the first. Networks that were trained with VGG follow red more than blue: of 17 with red first (ours, lengstrom's
 * and gnsmrky's) 16 follow the third channel 0.2 to 0.9 times as much as the first, one 1.3 times. With their channels
 * turned round 12 of them are recognised.
 */
const BLUE_OVER_RED = 1.7;

/** Levels of brightness for one of the third channel, below which it is not followed. */
const FOLLOWED = 0.03;

/** Runs the network on the numbers of a picture `[1, 3, H, W]` and gives its own, unclipped. */
type RunNetwork = (numbers: Float32Array) => Promise<Float32Array>;

/**
 * The format of a network, of which the file says nothing or a part: the range from the numbers that come out, the
 * order of channels from what the brightness of the result follows. A network that fails with the test picture is
 * taken for one of RGB 0..255: its error shows with the first photo.
 *
 * @param known what is known already, and not guessed
 */
export async function guessPixelFormat(
  run: RunNetwork,
  { width, height }: Size,
  known: Partial<PixelFormat>,
): Promise<PixelFormat> {
  let { channelOrder, range } = known;
  if (channelOrder === undefined || range === undefined) {
    const picture = testPicture(width, height);
    const ran = new Map<PixelRange, Promise<Float32Array>>();
    const numbersAt = (range: PixelRange) => {
      if (!ran.has(range)) ran.set(range, run(toNetwork(picture, { channelOrder: 'rgb', range })));
      return ran.get(range)!;
    };
    try {
      range ??= await guessRange(numbersAt);
      channelOrder ??= guessOrder(
        picture,
        fromNetwork(await numbersAt(range), { channelOrder: 'rgb', range }),
      );
    } catch {}
  }
  return { channelOrder: channelOrder ?? 'rgb', range: range ?? 255 };
}

/**
 * Says in words what of a network's format is not the usual one and was not asked for.
 *
 * @param label the name of the network
 */
export function formatNotes(
  label: string,
  format: PixelFormat,
  asked: Partial<PixelFormat>,
  stated: StatedFormat,
): string[] {
  const guessed = 'guessed from what it makes of a test picture';
  const notes: string[] = [];
  if (format.channelOrder !== 'rgb' && asked.channelOrder === undefined) {
    notes.push(`${label} is taken to want blue first (${stated.orderFrom ?? guessed})`);
  }
  if (format.range !== 255 && asked.range === undefined) {
    const from = stated.range === undefined ? guessed : 'as its metadata says';
    notes.push(`${label} is taken to want pixels of ${format.range === 1 ? '0 to 1' : '-1 to 1'} (${from})`);
  }
  return notes;
}

/** Smooth blotches of random colours, whose channels have nothing to do with each other. RGB 0..255. */
export function testPicture(width: number, height: number): Planes {
  const [across, down] = [Math.ceil(width / BLOTCH), Math.ceil(height / BLOTCH)];
  const colours = uniformValues(3 * across * down, 1, 1).map((v) => 128 + 110 * v);
  return clipPlanes(resizeBicubic({ width: across, height: down, data: colours }, width, height));
}

async function guessRange(numbersAt: (range: PixelRange) => Promise<Float32Array>): Promise<PixelRange> {
  const whole = await numbersAt(255);
  if (share(whole, (v) => Math.abs(v) <= 1.5) > 0.98) {
    const negative = share(await numbersAt(-1), (v) => v < -0.1);
    return negative > 0.1 ? -1 : 1;
  }
  // Without a norm that undoes it, the scale of the picture is that of the result.
  const unit = await numbersAt(1);
  if (share(unit, (v) => v >= -0.5 && v <= 1.5) < 0.98 || deviation(unit) < 0.02) return 255;
  const difference = whole.reduce((sum, v, i) => sum + Math.abs(v - 255 * unit[i]!), 0) / whole.length;
  return difference < 4 ? 255 : 1;
}

/** @param result RGB 0..255 if the network has red first, of any size */
function guessOrder(picture: Planes, result: Float32Array): ChannelOrder {
  const pixels = picture.width * picture.height;
  if (result.length !== picture.data.length) return 'rgb';
  const grey = result.slice(0, pixels).map((v, i) => (v + result[pixels + i]! + result[2 * pixels + i]!) / 3);
  const slope = (channel: number) => {
    const own = picture.data.subarray(channel * pixels, (channel + 1) * pixels);
    const [mean, greyMean] = [average(own), average(grey)];
    let [covariance, variance] = [0, 0];
    own.forEach((v, i) => {
      covariance += (v - mean) * (grey[i]! - greyMean);
      variance += (v - mean) ** 2;
    });
    return covariance / variance;
  };
  const [first, third] = [slope(0), slope(2)];
  return third > FOLLOWED && third > BLUE_OVER_RED * first ? 'bgr' : 'rgb';
}

function share(values: Float32Array, holds: (v: number) => boolean): number {
  return values.reduce((count, v) => count + (holds(v) ? 1 : 0), 0) / values.length;
}

function average(values: Float32Array): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

function deviation(values: Float32Array): number {
  const mean = average(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}
