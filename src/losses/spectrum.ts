import { GraphError, numericShape } from '../graph/graph.js';
import {
  add,
  concat,
  matmul,
  mean,
  relu,
  reshape,
  scale,
  slice,
  spaceToDepth,
  sqrt,
  square,
  sub,
  sumOfSquares,
  type Tensor,
} from '../graph/index.js';

/** Side of the windows in pixels; they overlap by half. */
export const SPECTRUM_WINDOW = 32;

/** The lowest frequency that counts, in waves per pixel: what is slower is the picture itself. */
const LOWEST = 0.25;

/** Added to a power before its root, in squared levels, so that the slope of the root stays finite. */
const LEAST_POWER = 1e-3;

/**
 * Spectrum loss: what a picture `[N, 3, H, W]` has more of than its target at single high frequencies. Each channel is
 * cut into windows of 32x32 pixels (Hann), and the power at each frequency from 1/4 waves per pixel on is averaged over
 * all windows of the picture: a texture spreads over many, a mesh stands at one. The loss is the sum over frequencies
 * of (sqrt(power) - sqrt(power of the target))^2 where that is positive, averaged over channels and pictures. A wave of
 * amplitude a that the target has not gives about a^2 / 2, whatever its phase, so other than with the pixel loss it
 * costs nothing to draw texture at other places than the target.
 */
export function spectrumLoss(image: Tensor, target: Tensor): Tensor {
  const [n, c, h, w] = numericShape('spectrumLoss', image) as [number, number, number, number];
  const step = SPECTRUM_WINDOW / 2;
  if (h % step !== 0 || w % step !== 0 || h < SPECTRUM_WINDOW || w < SPECTRUM_WINDOW) {
    throw new GraphError(
      `spectrumLoss: sides must be multiples of ${step} and at least ${SPECTRUM_WINDOW}, got ${h}x${w}`,
    );
  }
  const { cosines, sines, frequencies } = waves();
  const shape = [1, frequencies, SPECTRUM_WINDOW ** 2];
  const tables = [cosines, sines].map((table) => image.graph.constant(table, shape));
  const excess = relu(sub(amplitudes(image, tables), amplitudes(target, tables)));
  return scale(sumOfSquares(excess), 1 / (n * c));
}

/** The root of the mean power of all windows at each frequency, `[N C, frequencies]`. */
function amplitudes(image: Tensor, tables: readonly Tensor[]): Tensor {
  const [n, c, h, w] = image.shape as [number, number, number, number];
  const step = SPECTRUM_WINDOW / 2;
  const [rows, columns] = [h / step - 1, w / step - 1];
  const blocks = spaceToDepth(reshape(image, [n * c, 1, h, w]), step);
  const quarter = (dy: number, dx: number) => slice(slice(blocks, 2, dy, dy + rows), 3, dx, dx + columns);
  const windows = concat([quarter(0, 0), quarter(0, 1), quarter(1, 0), quarter(1, 1)], 1);
  const flat = reshape(windows, [n * c, SPECTRUM_WINDOW ** 2, rows * columns]);
  const [real, imaginary] = tables.map((table) => square(matmul(table, flat)));
  const power = mean(add(real!, imaginary!), { axes: [2] });
  return sqrt(add(power, image.graph.scalar(LEAST_POWER)));
}

/**
 * Tables `[frequencies, 1024]` that take a window to the real and the imaginary part of its spectrum. The sum of
 * squares of all parts is the mean square of what a window holds at these frequencies. The pixels of a window come in
 * four blocks, as `amplitudes` puts them together.
 */
function waves(): { cosines: Float32Array; sines: Float32Array; frequencies: number } {
  const n = SPECTRUM_WINDOW;
  const half = n / 2;
  const hann = Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / n));
  const energy = hann.reduce((sum, v) => sum + v * v, 0) ** 2;
  const cosines: number[] = [];
  const sines: number[] = [];
  let frequencies = 0;
  for (let u = 0; u <= half; u++) {
    for (let v = -half + 1; v <= half; v++) {
      // A real picture's spectrum is symmetric: of (u, v) and (-u, -v) one counts, twice.
      const own = u % half === 0 && v % half === 0;
      if (u % half === 0 && v < 0) continue;
      if (Math.hypot(u, v) / n < LOWEST) continue;
      const factor = Math.sqrt((own ? 1 : 2) / (n * n * energy));
      frequencies++;
      for (let place = 0; place < n * n; place++) {
        const block = Math.floor(place / (half * half));
        const inside = place % (half * half);
        const y = Math.floor(block / 2) * half + Math.floor(inside / half);
        const x = (block % 2) * half + (inside % half);
        const size = factor * hann[y]! * hann[x]!;
        const angle = (2 * Math.PI * (u * y + v * x)) / n;
        cosines.push(size * Math.cos(angle));
        sines.push(size * Math.sin(angle));
      }
    }
  }
  return { cosines: Float32Array.from(cosines), sines: Float32Array.from(sines), frequencies };
}
