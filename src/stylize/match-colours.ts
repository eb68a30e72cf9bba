/** The colours of the photo for a stylised picture, as a whole and not pixel by pixel. */
import { clipPlanes, type Planes } from '../core/planes.js';
import { type Matrix3, multiply, ofEigenvalues } from '../core/symmetric.js';

/** The mean of a picture's colours and their covariance, RGB 0..255. */
export interface ColourStatistics {
  mean: readonly number[];
  covariance: Matrix3;
}

/**
 * Variance, in squared levels, that is noise and no colour: it is added on both sides, so that a picture that is nearly
 * of one colour is not blown up to grains.
 */
const NOISE = 4;

/**
 * The mean and the covariance of a picture's colours.
 *
 * @param picture RGB 0..255
 * @param weights how much each pixel counts; what cannot be seen does not. All alike by default, and when all are 0.
 */
export function colourStatistics(picture: Planes, weights?: ArrayLike<number>): ColourStatistics {
  const sums = colourSums();
  sums.add(picture, weights);
  return sums.statistics();
}

/** The colour statistics of a picture whose rows come one after the other. */
export function colourSums() {
  const [weighted, all] = [emptySums(), emptySums()];
  return {
    /** Adds rows; see `colourStatistics`. */
    add(rows: Planes, weights?: ArrayLike<number>): void {
      addColours(all, rows);
      if (weights) addColours(weighted, rows, weights);
    },
    statistics: (): ColourStatistics => statisticsOf(weighted.total > 0 ? weighted : all),
  };
}

const emptySums = () => ({ total: 0, sums: [0, 0, 0], products: Array<number>(9).fill(0) });

type Sums = ReturnType<typeof emptySums>;

/** Adds the colours of pixels, each as often as its weight says. */
function addColours(to: Sums, { width, height, data }: Planes, weights?: ArrayLike<number>): void {
  const { sums, products } = to;
  const pixels = width * height;
  for (let i = 0; i < pixels; i++) {
    const weight = weights ? weights[i]! : 1;
    if (weight === 0) continue;
    // Around the middle of the range, so that no digits are lost in the products.
    const colour = [data[i]! - 128, data[pixels + i]! - 128, data[2 * pixels + i]! - 128];
    to.total += weight;
    for (let a = 0; a < 3; a++) {
      sums[a]! += weight * colour[a]!;
      for (let b = 0; b < 3; b++) products[3 * a + b]! += weight * colour[a]! * colour[b]!;
    }
  }
}

function statisticsOf({ total, sums, products }: Sums): ColourStatistics {
  const mean = sums.map((sum) => sum / total);
  const covariance = products.map((p, i) => p / total - mean[Math.floor(i / 3)]! * mean[i % 3]!);
  return { mean: mean.map((m) => m + 128), covariance };
}

/**
 * Gives a picture the mean and the covariance of the photo's colours by one linear transformation: the colour matching
 * of Gatys et al. 2017 ("Controlling Perceptual Factors in Neural Style Transfer", section 5.1).
 *
 * They recolour the painting after the photo and stylise with that. Here the network is trained and the painting is not
 * at hand; but its colours are those of the stylised picture, so the transformation is applied to that. What the
 * picture keeps of the painting is how its colours lie to each other: its lightest stays its lightest.
 *
 * Of all transformations that give the covariance it is the one that moves the colours least (Pitié and Kokaram 2007):
 * `A = S^-1/2 (S^1/2 P S^1/2)^1/2 S^-1/2` of the picture's covariance S and the photo's P.
 *
 * @param picture RGB 0..255
 * @param own of the whole picture, of which `picture` may be a part
 * @param wanted of the whole photo
 * @returns RGB 0..255, clipped
 */
export function withColourStatistics(
  picture: Planes,
  own: ColourStatistics,
  wanted: ColourStatistics,
): Planes {
  const matrix = transformation(noisy(own.covariance), noisy(wanted.covariance));
  const { width, height, data } = picture;
  const pixels = width * height;
  const result = new Float32Array(data.length);
  for (let c = 0; c < 3; c++) {
    const [r, g, b] = [matrix[3 * c]!, matrix[3 * c + 1]!, matrix[3 * c + 2]!];
    const shift = wanted.mean[c]! - (r * own.mean[0]! + g * own.mean[1]! + b * own.mean[2]!);
    for (let i = 0; i < pixels; i++) {
      result[c * pixels + i] = r * data[i]! + g * data[pixels + i]! + b * data[2 * pixels + i]! + shift;
    }
  }
  return clipPlanes({ width, height, data: result });
}

function transformation(own: Matrix3, wanted: Matrix3): number[] {
  const root = ofEigenvalues(own, Math.sqrt);
  const inverse = ofEigenvalues(own, (v) => 1 / Math.sqrt(v));
  const middle = ofEigenvalues(multiply(multiply(root, wanted), root), (v) => Math.sqrt(Math.max(0, v)));
  return multiply(multiply(inverse, middle), inverse);
}

function noisy(covariance: Matrix3): number[] {
  return covariance.map((v, i) => (i % 4 === 0 ? Math.max(0, v) + NOISE : v));
}
