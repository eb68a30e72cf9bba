/**
 * Pictures of what layers of a loss network keep (figures 3 and 4 of the paper), and of what a style draws where there
 * is nothing to see.
 */
import { join } from 'node:path';
import { badOption, failure } from '../core/errors.js';
import { fractalNoise } from '../core/fractal-noise.js';
import { flattenOverWhite } from '../core/image.js';
import { fromPlanes, toPlanes } from '../core/planes.js';
import { withShorterSide } from '../core/sizes.js';
import type { LossWeights } from '../losses/perceptual.js';
import { isVgg, parseLayer } from '../nets/vgg-layers.js';
import { makeFolder } from '../node/media/files.js';
import { decodeImage, encodeImage, requireWritableExtension } from '../node/media/image.js';
import { contactSheet, type SheetCell } from '../node/media/sheet.js';
import { openSession } from '../node/session.js';
import { loadStyle } from '../node/styles.js';
import { chooseLossNetwork, loadLossNetwork } from '../node/weights/loss-network-file.js';
import { optimisePicture } from '../optimize/optimise-picture.js';
import type { Device } from '../runtime/session.js';
import { type JobOptions, reporter, stopwatch } from './job.js';
import { requireNoOverwrite } from './no-overwrite.js';

/**
 * `content`: feature inversion, one picture for each layer. `style`: one for each layer together with those before it.
 */
export type Reconstruction = 'content' | 'style';

/** The layers of the paper's figures 3 and 4. */
export const RECONSTRUCTED_LAYERS: Record<Reconstruction, readonly string[]> = {
  content: ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_3', 'relu5_1', 'relu5_3'],
  style: ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_3'],
};

/** Options of `reconstruct`. */
export interface ReconstructOptions {
  kind: Reconstruction;
  picture: string;
  /** The folder for a picture of each layer and `sheet.png` with all. */
  out: string;
  /** Those of the paper's figure by default, as far as the weights reach. */
  layers?: readonly string[];
  /** Shorter side of the pictures in pixels. */
  size?: number;
  /** Iterations of L-BFGS for each picture. */
  iterations?: number;
  /** Weight of the total variation; the losses of layers are relative to their targets. */
  tvWeight?: number;
  /** `vgg16`, `vgg19`, or the .onnx file of any network of pictures. */
  lossNetwork?: string;
  lossInput?: string;
  /** VGG weights (.safetensors or Keras .h5) instead of the installed ones. */
  weights?: string;
  /** Of the noise. */
  seed?: number;
  device?: Device;
  threads?: number;
}

/** The defaults of `reconstruct`. */
export const RECONSTRUCT_DEFAULTS = { size: 256, iterations: 200, lossNetwork: 'vgg16', seed: 0 };
/** The weight of the total variation by default. */
export const RECONSTRUCT_TV: Record<Reconstruction, number> = { content: 2e-5, style: 0 };

/**
 * Shows what layers of the loss network keep of a picture: pictures optimised from noise until these layers see the
 * same.
 *
 * @returns the pictures that were written, the sheet last
 * @throws FnsError when a layer is missing or an option makes no sense.
 */
export async function reconstruct(options: ReconstructOptions, job: JobOptions = {}): Promise<string[]> {
  const { kind, picture: file, out, device, threads } = options;
  const { size = RECONSTRUCT_DEFAULTS.size, iterations = RECONSTRUCT_DEFAULTS.iterations } = options;
  const { seed = RECONSTRUCT_DEFAULTS.seed, tvWeight = RECONSTRUCT_TV[kind] } = options;
  if (size < 32) throw badOption('size', `at least 32 pixels are needed, got ${size}`);
  const report = reporter(job);
  const image = flattenOverWhite(await decodeImage(file, { resize: (own) => withShorterSide(own, size) }));
  const { layers, missing, lossNetwork } = await chosenLayers(options);
  const pictures = layers.map((layer) => join(out, `${layer.replace(/[^\w.-]/g, '_')}.png`));
  const sheet = join(out, 'sheet.png');
  await requireNoOverwrite([...pictures, sheet], [{ path: file, what: 'the picture' }]);
  await makeFolder(out);
  if (missing.length > 0) report.note(`left out, because the weights end before: ${missing.join(', ')}`);
  const planes = toPlanes(image);
  const cells: SheetCell[] = [{ image, caption: ['the picture'] }];
  const written: string[] = [];
  const write = async (path: string, drawn: typeof image) => {
    await encodeImage(path, drawn);
    written.push(path);
    report.file(path);
  };
  const watch = stopwatch();
  for (const [i, layer] of layers.entries()) {
    if (job.signal?.aborted) break;
    const seen = kind === 'content' ? [layer] : layers.slice(0, i + 1);
    const { picture } = await optimisePicture({
      ...{ width: image.width, height: image.height },
      ...(kind === 'content' ? { content: planes } : { style: planes }),
      weights: weightsOf(kind, seen, tvWeight),
      relative: true,
      start: 'noise',
      ...{ seed, iterations, lossNetwork, openSession, session: { device, threads }, signal: job.signal },
      onProgress: (p) => {
        const share = (i * iterations + p.iteration) / (layers.length * iterations);
        report.progress({
          ...{ share, secondsLeft: watch.left(share), part: layer },
          ...{ unit: 'iteration', done: p.iteration, all: iterations, values: { loss: p.value } },
        });
      },
    });
    const result = fromPlanes(picture);
    await write(pictures[i]!, result);
    cells.push({ image: result, caption: [kind === 'content' || i === 0 ? layer : `up to ${layer}`] });
  }
  await write(sheet, await contactSheet(cells, { columns: Math.min(4, cells.length) }));
  return written;
}

/** The layers to reconstruct, those of the figure that the weights do not reach, and the network. */
async function chosenLayers(options: ReconstructOptions) {
  const loss = await chooseLossNetwork(options);
  const config = { ...loss.config, lossNetwork: loss.config.lossNetwork ?? RECONSTRUCT_DEFAULTS.lossNetwork };
  const asked = options.layers?.map((name) => parseLayer(name, config.lossNetwork));
  const wrong = isVgg(config.lossNetwork) && asked?.find((layer) => !layer.startsWith('relu'));
  if (wrong) throw badOption('layers', `ReLU layers such as relu2_2 are needed, got '${wrong}'`);
  const lossNetwork = await loadLossNetwork(config, { file: loss.file });
  const known = lossNetwork.layers();
  const ofFigure = RECONSTRUCTED_LAYERS[options.kind];
  const layers = asked ?? ofFigure.filter((layer) => known.includes(layer));
  if (layers.length === 0)
    throw failure(`${lossNetwork.name} has no layer of the figure: some must be chosen (layers)`);
  lossNetwork.requireLayers(layers);
  const missing = asked ? [] : ofFigure.filter((layer) => !known.includes(layer));
  return { layers, missing, lossNetwork };
}

function weightsOf(kind: Reconstruction, layers: readonly string[], tv: number): LossWeights {
  const weighted = layers.map((layer) => ({ layer, weight: 1 }));
  return {
    content: kind === 'content' ? weighted : [],
    style: kind === 'style' ? weighted : [],
    tv,
    // Mean squares, so that the weight of the total variation holds for every size.
    normalisation: 'source',
  };
}

/** Options of `reconstructTexture`. */
export interface TextureOptions {
  /** A shipped style or an .onnx file; `FILE:NAME` of a file of many paintings. */
  style: string | Uint8Array;
  /** The picture to write. */
  out: string;
  /** Side of the picture in pixels. */
  size?: number;
  /** Of the clouds. */
  seed?: number;
  device?: Device;
  threads?: number;
}

/** The side of a texture by default. */
export const TEXTURE_SIZE = 512;

/**
 * Draws the texture that a style file stands for: what it makes of clouds of random colours. Needs no VGG weights.
 *
 * @throws FnsError when the style cannot be loaded or the size makes no sense.
 */
export async function reconstructTexture(options: TextureOptions, job: JobOptions = {}): Promise<void> {
  const { style, out, size = TEXTURE_SIZE, seed = 0, device, threads } = options;
  requireWritableExtension(out);
  if (size > 8192) throw badOption('size', `at most 8192 pixels are possible, got ${size}`);
  const stylizer = await loadStyle(style, { device, threads });
  try {
    await encodeImage(out, await stylizer.stylize(fractalNoise(size, size, seed)));
    reporter(job).file(out);
  } finally {
    await stylizer.close();
  }
}
