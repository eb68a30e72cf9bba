/** Patterns that repeat, such as the mesh of a transposed convolution, as narrow peaks of the power spectrum. */
import FFT from 'fft.js';
import type { Image } from '../core/image.js';
import { fullRangeLuma } from '../core/luma.js';

/** Sides of the windows in pixels, and how far they are apart. */
const SIDE = 64;
const HOP = 32;

/**
 * Windows whose spectra are averaged before a peak is looked for. The highest of many noisy numbers is the higher the
 * noisier they are: always as many windows keep pictures comparable. Where there are more, they make several groups, and
 * the mean of the groups' peaks counts.
 */
const GROUP = 16;

/** Frequencies in periods a window: from the longest period of 16 pixels to the shortest of 2. */
const LOWEST = 4;
const HIGHEST = SIDE / 2;

/** Distances of a bin's neighbours: the Hann window spreads a pure frequency by two bins. */
const NEIGHBOURS = [-6, -5, -4, -3, 3, 4, 5, 6];

/** A bin's neighbours along eight lines through it, as steps of frequency. */
const LINES = Array.from({ length: 8 }, (_, i) => {
  const angle = (i * Math.PI) / 8;
  return NEIGHBOURS.map((n) => [Math.round(n * Math.cos(angle)), Math.round(n * Math.sin(angle))] as const);
});

const hann = Float64Array.from({ length: SIDE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / SIDE));

/**
 * The power that noise of two levels gives each bin, which is added: nobody sees what is fainter, such as the steps that
 * rounding makes on an even slope.
 */
const FAINT = 2 ** 2 * hann.reduce((sum, v) => sum + v * v, 0) ** 2;

/** The first column and row of a window of 64x64 pixels. */
export interface Place {
  left: number;
  top: number;
}

/**
 * All windows of a picture, 32 pixels apart.
 *
 * @throws RangeError for fewer than 16, which pictures of 160 pixels and more have.
 */
export function allWindows({ width, height }: Pick<Image, 'width' | 'height'>): Place[] {
  const places: Place[] = [];
  for (let top = 0; top + SIDE <= height; top += HOP) {
    for (let left = 0; left + SIDE <= width; left += HOP) places.push({ left, top });
  }
  if (places.length < GROUP)
    throw new RangeError(`${width}x${height} pixels are too few for ${GROUP} windows`);
  return places;
}

/**
 * The smooth windows of a photo: the fifth of them (but at least 16) with the least gradient energy. What repeats there
 * in a stylised picture is not of the photo.
 */
export function smoothWindows(photo: Image): Place[] {
  const plane = lumaOf(photo);
  const places = allWindows(photo);
  const energies = places.map((place, i) => ({ i, energy: gradientEnergy(plane, photo.width, place) }));
  const chosen = energies
    .toSorted((a, b) => a.energy - b.energy)
    .slice(0, Math.max(GROUP, Math.floor(places.length / 5)));
  return chosen.map(({ i }) => places[i]!).toSorted((a, b) => a.top - b.top || a.left - b.left);
}

/**
 * The strongest narrow peak in the power spectrum of a picture's luma at periods of 2 to 16 pixels: the power of a bin
 * over that of the bins around it. About 2 where there is only noise, texture or edges, 10 and more where something
 * repeats.
 *
 * The windows (Hann, 64x64) are averaged with the same weight each, and the spectrum is multiplied by the square of the
 * frequency, with which pictures fall off. Around is the highest of the medians along eight lines through the bin, at
 * distances of 3 to 6 bins: so neither a broad spectrum nor the ridge that a long edge makes has a peak.
 */
export function patternPeak(picture: Image, places: readonly Place[]): number {
  const groups = Math.floor(places.length / GROUP);
  if (groups === 0) throw new RangeError(`${places.length} windows are too few: ${GROUP} are needed`);
  const plane = lumaOf(picture);
  let sum = 0;
  for (let group = 0; group < groups; group++) {
    const total = new Float64Array(SIDE * SIDE);
    // Every so many windows, so that each group has some of the whole picture.
    for (let i = 0; i < GROUP; i++) {
      addSpectrum(total, windowOf(plane, picture.width, places[i * groups + group]!));
    }
    sum += highestPeak(total);
  }
  return sum / groups;
}

function lumaOf({ width, height, data }: Image): Float64Array {
  const luma = (_: unknown, i: number) => fullRangeLuma(data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!);
  return Float64Array.from({ length: width * height }, luma);
}

/** The sum of squared differences between neighbours. */
function gradientEnergy(plane: Float64Array, width: number, { left, top }: Place): number {
  let sum = 0;
  for (let y = top; y < top + SIDE - 1; y++) {
    for (let i = y * width + left, end = i + SIDE - 1; i < end; i++) {
      sum += (plane[i + 1]! - plane[i]!) ** 2 + (plane[i + width]! - plane[i]!) ** 2;
    }
  }
  return sum;
}

/** A window under the Hann function, without its mean. */
function windowOf(plane: Float64Array, width: number, { left, top }: Place): Float64Array {
  const values = new Float64Array(SIDE * SIDE);
  let [mean, weights] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    const weight = hann[x]! * hann[y]!;
    values[i] = plane[(top + y) * width + left + x]!;
    mean += weight * values[i]!;
    weights += weight;
  }
  mean /= weights;
  return values.map((v, i) => hann[i % SIDE]! * hann[Math.floor(i / SIDE)]! * (v - mean));
}

/** Adds the power spectrum of a window times the squared frequency, divided by its sum over the periods in question. */
function addSpectrum(total: Float64Array, values: Float64Array): void {
  const power = powerSpectrum(values);
  let band = 0;
  for (let i = 0; i < power.length; i++) {
    const [u, v] = [frequency(i % SIDE), frequency(Math.floor(i / SIDE))];
    power[i] = (power[i]! + FAINT) * (u * u + v * v);
    if (Math.max(Math.abs(u), Math.abs(v)) >= LOWEST) band += power[i]!;
  }
  for (let i = 0; i < power.length; i++) total[i]! += power[i]! / band;
}

/** The frequency of a bin in periods a window, -32..31. */
function frequency(bin: number): number {
  return bin < HIGHEST ? bin : bin - SIDE;
}

const fft = new FFT(SIDE);

/** The squared amplitudes of a window's frequencies. */
function powerSpectrum(values: Float64Array): Float64Array {
  const [given, found] = [fft.createComplexArray(), fft.createComplexArray()];
  const [real, imaginary] = [Float64Array.from(values), new Float64Array(values.length)];
  // Rows first, then columns.
  for (const [step, next] of [
    [1, SIDE],
    [SIDE, 1],
  ] as const) {
    for (let line = 0; line < SIDE; line++) {
      for (let i = 0; i < SIDE; i++) {
        given[2 * i] = real[line * next + i * step]!;
        given[2 * i + 1] = imaginary[line * next + i * step]!;
      }
      fft.transform(found, given);
      for (let i = 0; i < SIDE; i++) {
        real[line * next + i * step] = found[2 * i]!;
        imaginary[line * next + i * step] = found[2 * i + 1]!;
      }
    }
  }
  return real.map((v, i) => v * v + imaginary[i]! ** 2);
}

function highestPeak(spectrum: Float64Array): number {
  const at = (u: number, v: number) => spectrum[((v + SIDE) % SIDE) * SIDE + ((u + SIDE) % SIDE)]!;
  let highest = 0;
  // The other half is the same.
  for (let v = 0; v <= HIGHEST; v++) {
    for (let u = -HIGHEST; u < HIGHEST; u++) {
      if (Math.max(Math.abs(u), v) < LOWEST) continue;
      const power = at(u, v);
      let around = 0;
      for (const line of LINES) {
        around = Math.max(around, middle(line.map(([du, dv]) => at(u + du, v + dv))));
        if (power <= highest * around) break;
      }
      highest = Math.max(highest, power / around);
    }
  }
  return highest;
}

/** The median of an even number of values: the mean of the two in the middle, between which a steep slope lies. */
function middle(values: number[]): number {
  values.sort((a, b) => a - b);
  const half = values.length / 2;
  return (values[half - 1]! + values[half]!) / 2;
}
