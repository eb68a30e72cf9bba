/** Style transfer without a trained network: the pixels of one picture are optimised (Gatys et al. 2016). */
import { basename } from 'node:path';
import { badOption, usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { flattenOverWhite } from '../core/image.js';
import { withColoursOf } from '../core/luma.js';
import { fromPlanes, type Planes, toPlanes } from '../core/planes.js';
import { atMostLongerSide, type Size, withShorterSide } from '../core/sizes.js';
import type { Normalisation } from '../losses/normalisation.js';
import { type LossWeights, lossLayers, parseLayers } from '../losses/perceptual.js';
import type { StyleSource } from '../losses/style-targets.js';
import { requireFolderFor } from '../node/media/files.js';
import { decodeImage, encodeImage, requireWritableExtension, resizeTo } from '../node/media/image.js';
import { openSession } from '../node/session.js';
import { chooseLossNetwork, loadLossNetwork } from '../node/weights/loss-network-file.js';
import { type Optimised, optimisePicture } from '../optimize/optimise-picture.js';
import type { Device } from '../runtime/session.js';
import { firstLine, type JobOptions, reporter, stopwatch, withDefaults } from './job.js';
import { requireNoOverwrite } from './no-overwrite.js';
import { requireQuality } from './picture-files.js';
import { warnIfSmall } from './small-painting.js';

/** A painting, and its share in the style where there are several. */
export interface WeightedPainting {
  file: string;
  weight: number;
}

/** Options of `optimizePicture`. */
export interface OptimizePictureOptions {
  photo: string;
  /** The painting; several with weights. */
  style: string | readonly (string | WeightedPainting)[];
  /** The picture to write. Without, nothing is written. */
  out?: string;
  /** Longer side of the result in pixels; never larger than the photo. */
  size?: number;
  /** Shorter side of the painting; as the result by default. Larger gives larger strokes. */
  styleSize?: number;
  /** At each size. */
  iterations?: number;
  /** Sizes to go through from small to large, each half the next: for large pictures 2 or 3. */
  scales?: number;
  /** The start: the photo, the style or noise. */
  init?: 'photo' | 'style' | 'noise';
  optimizer?: 'lbfgs' | 'adam';
  /** Step of Adam, in levels of 0..255. */
  learningRate?: number;
  contentWeight?: number;
  styleWeight?: number;
  tvWeight?: number;
  /** Layers for the content; of an .onnx file names of its tensors. */
  contentLayers?: readonly string[];
  /** Layers for the style, such as `relu2_2=0.5`. */
  styleLayers?: readonly string[];
  /** Loss formulas of the source or the paper. */
  normalisation?: Normalisation;
  /** `vgg16`, `vgg19`, or the .onnx file of any network of pictures. */
  lossNetwork?: string;
  /** How an ONNX loss network wants its pictures. */
  lossInput?: string;
  /** VGG weights (.safetensors or Keras .h5) instead of the installed ones. */
  weights?: string;
  /** Keeps the colours of the photo: only its light and dark are painted. */
  originalColours?: boolean;
  /** A file for the picture while it is made. */
  preview?: string;
  /** Iterations between previews. */
  previewEvery?: number;
  /** Of the noise. */
  seed?: number;
  /** Of JPEG, WebP and AVIF, 1 to 100. */
  quality?: number;
  device?: Device;
  threads?: number;
}

/** The defaults of `optimizePicture`. */
export const OPTIMIZE_DEFAULTS = {
  size: 512,
  iterations: 300,
  scales: 1,
  init: 'photo',
  optimizer: 'lbfgs',
  learningRate: 5,
  contentWeight: 1,
  styleWeight: 8,
  tvWeight: 1e-5,
  contentLayers: ['relu3_3'],
  styleLayers: ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_2'],
  normalisation: 'paper',
  lossNetwork: 'vgg19',
  originalColours: false,
  previewEvery: 25,
  seed: 0,
  quality: 92,
} satisfies Partial<OptimizePictureOptions>;

/** All options, those with defaults filled in. */
type WholeOptions = ReturnType<typeof withDefaults<OptimizePictureOptions, typeof OPTIMIZE_DEFAULTS>>;

/** The result of `optimizePicture`. */
export interface OptimizedPicture extends Pick<Optimised, 'iterations' | 'value' | 'stopped'> {
  image: Image;
  seconds: number;
}

/**
 * Optimises the pixels of one picture for the content of a photo and the style of paintings. Slower than a trained
 * style by a factor of hundreds, and the measure of all styles. The signal ends it with the picture as it is then.
 *
 * @throws FnsError when something is missing or makes no sense.
 */
export async function optimizePicture(
  options: OptimizePictureOptions,
  job: JobOptions = {},
): Promise<OptimizedPicture> {
  const all = withDefaults(options, OPTIMIZE_DEFAULTS);
  const { photo, out, init, optimizer, iterations, scales, quality, preview, device, threads, seed } = all;
  await requireSensible(all);
  const report = reporter(job);
  const loss = await chooseLossNetwork(all);
  const chosen = { ...loss.config, lossNetwork: loss.config.lossNetwork ?? OPTIMIZE_DEFAULTS.lossNetwork };
  const weights = lossWeightsOf(all, chosen.lossNetwork);
  const image = await decodeImage(photo, { resize: (own) => atMostLongerSide(own, all.size) });
  const flat = flattenOverWhite(image);
  const content = toPlanes(flat);
  const { width, height } = content;
  if (Math.min(width, height) < 16)
    throw usage(`the picture would be ${width}x${height}: 16 pixels are the least`);
  const style = await readStyle(all.style, all.styleSize ?? Math.min(width, height), report.warning);
  const start =
    init === 'noise'
      ? 'noise'
      : init === 'photo'
        ? content
        : toPlanes(await resizeTo(style.first, width, height));
  const lossNetwork = await loadLossNetwork(chosen, { file: loss.file });
  lossNetwork.requireLayers(lossLayers(weights));
  report.progress({ share: 0, part: `preparing ${width}x${height}` });
  const finished = (picture: Planes): Image => {
    const sameSize = picture.width === width && picture.height === height;
    const coloured = fromPlanes(all.originalColours && sameSize ? withColoursOf(picture, content) : picture);
    return image.alpha && sameSize ? { ...coloured, alpha: image.alpha } : coloured;
  };
  const watch = stopwatch();
  const result = await optimisePicture({
    ...{ width, height, content, style: style.source, weights, start, iterations, scales, optimizer, seed },
    ...{ learningRate: all.learningRate, lossNetwork, openSession, session: { device, threads } },
    signal: job.signal,
    onProgress: async (p) => {
      const share = p.iteration / p.iterations;
      report.progress({
        share,
        secondsLeft: watch.left(share),
        part: `${p.width}x${p.height}`,
        unit: 'iteration',
        done: p.iteration,
        all: p.iterations,
        values: { objective: p.value },
      });
      if (preview === undefined || p.iteration % all.previewEvery !== 0) return;
      const now = { width: p.width, height: p.height, data: p.picture };
      await encodeImage(preview, finished(now), { quality }).then(
        () => report.emit({ type: 'preview', step: p.iteration, path: preview }),
        (error) => report.warning(firstLine(error)),
      );
    },
  });
  const picture = finished(result.picture);
  if (out !== undefined) {
    await encodeImage(out, picture, { quality });
    report.file(out);
  }
  const { value, stopped } = result;
  return { image: picture, iterations: result.iterations, value, stopped, seconds: watch.seconds() };
}

/** Checks what can be checked before anything is read. */
async function requireSensible(options: WholeOptions): Promise<void> {
  const { init, optimizer, quality, scales, out, preview } = options;
  if (!['photo', 'style', 'noise'].includes(init))
    throw badOption('init', `photo, style or noise is needed, got '${init}'`);
  if (!['lbfgs', 'adam'].includes(optimizer))
    throw badOption('optimizer', `lbfgs or adam is needed, got '${optimizer}'`);
  if (scales > 6) throw badOption('scales', `at most 6 are possible, got ${scales}`);
  requireQuality(quality);
  for (const file of [out, preview]) {
    if (file === undefined) continue;
    requireWritableExtension(file);
    await requireFolderFor(file);
  }
  const paintings = [options.style].flat().map((each) => (typeof each === 'string' ? each : each.file));
  const read = [
    { path: options.photo, what: 'the photo' },
    ...paintings.map((path) => ({ path, what: 'a painting' })),
  ];
  await requireNoOverwrite([out], read);
  await requireNoOverwrite([preview], read, 'preview');
}

function lossWeightsOf(options: WholeOptions, lossNetwork: string): LossWeights {
  const { contentLayers, contentWeight, styleLayers, styleWeight, tvWeight, normalisation } = options;
  const positive = (layers: ReturnType<typeof parseLayers>) => layers.filter((l) => l.weight > 0);
  const weights = {
    content: positive(parseLayers(contentLayers, lossNetwork, contentWeight)),
    style: positive(parseLayers(styleLayers, lossNetwork, styleWeight)),
    tv: tvWeight,
    normalisation,
  };
  if (weights.content.length + weights.style.length === 0) {
    throw usage('content and style weight are both 0: there is nothing to optimise for');
  }
  return weights;
}

/** Reads the paintings at their size, uncropped: an optimisation need not have squares. */
async function readStyle(
  style: OptimizePictureOptions['style'],
  shorterSide: number,
  warn: (message: string) => void,
) {
  const parts = [style].flat().map((part) => (typeof part === 'string' ? { file: part, weight: 1 } : part));
  const images = await Promise.all(
    parts.map(async ({ file, weight }) => {
      if (!(weight > 0))
        throw badOption('style', `the weight of ${basename(file)} must be above 0, got ${weight}`);
      const resize = (own: Size) => {
        warnIfSmall(file, own, shorterSide, warn);
        return withShorterSide(own, shorterSide);
      };
      const decoded = await decodeImage(file, { resize });
      return { image: flattenOverWhite(decoded), weight };
    }),
  );
  if (images.length === 0) throw usage('a painting is needed');
  const source: StyleSource = images.map(({ image, weight }) => ({ image: toPlanes(image), weight }));
  return { source, first: images[0]!.image };
}
