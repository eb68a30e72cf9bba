import { basename } from 'node:path';
import { Command } from 'commander';
import { usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import type { Planes } from '../core/planes.js';
import { fromPlanes, toPlanes } from '../core/planes.js';
import { type Normalisation, parseNormalisation } from '../losses/normalisation.js';
import { type LossWeights, lossLayers, parseLayers } from '../losses/perceptual.js';
import type { StyleSource } from '../losses/style-targets.js';
import { requireFolderFor } from '../node/media/files.js';
import {
  decodeImage,
  encodeImage,
  flattenOverWhite,
  requireWritableExtension,
  resizeTo,
  withShorterSide,
} from '../node/media/image.js';
import { openSession } from '../node/session.js';
import { chooseLossNetwork, loadLossNetwork } from '../node/weights/loss-network-file.js';
import { type Optimised, optimisePicture } from '../optimize/optimise-picture.js';
import type { Device } from '../runtime/session.js';
import type { LossNetworkConfig } from '../train/loss-network-config.js';
import { onInterrupt } from './interrupt.js';
import { listOption, lossNetworkOptions, numberOption, withDeviceOptions } from './options.js';
import { duration, progressLine } from './progress.js';

interface OptimizeFlags {
  style: string[];
  out: string;
  size: number;
  styleSize?: number;
  iterations: number;
  scales: number;
  init: string;
  optimizer: string;
  lr: number;
  contentWeight: number;
  styleWeight: number;
  tvWeight: number;
  contentLayers: string[];
  styleLayers: string[];
  lossNetwork: string;
  lossInput?: string;
  normalisation: Normalisation;
  originalColours: boolean;
  preview?: string;
  previewEvery: number;
  seed: number;
  weights?: string;
  quality: number;
  device: Device;
  threads?: number;
}

/** `fns optimize`: the optimisation-based baseline. */
export function optimizeCommand(): Command {
  const whole = (name: string) => numberOption(name, { above: true, whole: true });
  const command = new Command('optimize')
    .summary('make one picture by optimising its pixels (Gatys et al.)')
    .description(
      'Style transfer without a trained network: the pixels of one picture are optimised for the content of the photo and the style of the paintings ' +
        '(Gatys et al. 2016). Slower than a trained style by a factor of hundreds, and the measure of all styles. Ctrl-C writes the picture as it is.',
    )
    .argument('<photo>', 'the photo')
    .requiredOption('-s, --style <painting...>', 'the painting; several with weights: a.jpg=0.7 b.jpg=0.3')
    .requiredOption('-o, --out <file>', 'the picture to write')
    .option('--size <pixels>', 'longer side of the result; never larger than the photo', whole('--size'), 512)
    .option(
      '--style-size <pixels>',
      'shorter side of the painting (default: as the result); larger gives larger strokes',
      whole('--style-size'),
    )
    .option('--iterations <n>', 'iterations at each size', whole('--iterations'), 300)
    .option(
      '--scales <n>',
      'sizes to go through from small to large, each half the next: for large pictures 2 or 3',
      whole('--scales'),
      1,
    )
    .option('--init <what>', 'start from the photo, the style or noise', 'photo')
    .option('--optimizer <name>', 'lbfgs or adam', 'lbfgs')
    .option('--lr <x>', 'step of Adam, in levels of 0..255', numberOption('--lr', { above: true }), 5)
    .option('--content-weight <x>', 'weight of the content loss', numberOption('--content-weight'), 1)
    .option('--style-weight <x>', 'weight of the style loss', numberOption('--style-weight'), 8)
    .option(
      '--tv-weight <x>',
      'weight of the total variation, for smoothness',
      numberOption('--tv-weight'),
      1e-5,
    )
    .option(
      '--content-layers <list>',
      'layers for the content; of an .onnx file names of its tensors',
      listOption,
      ['relu3_3'],
    )
    .option('--style-layers <list>', 'layers for the style, such as relu1_2,relu2_2=0.5', listOption, [
      'relu1_2',
      'relu2_2',
      'relu3_3',
      'relu4_2',
    ])
    .option('--normalisation <name>', 'loss formulas of the source or the paper', parseNormalisation, 'paper')
    .option('--original-colours', 'keep the colours of the photo: only its light and dark are painted', false)
    .option('--preview <file>', 'write the picture here while it runs')
    .option('--preview-every <n>', 'iterations between previews', whole('--preview-every'), 25)
    .option('--seed <n>', 'seed of the noise', numberOption('--seed', { whole: true }), 0)
    .option('--weights <file>', 'VGG weights (.safetensors or Keras .h5) instead of the installed ones')
    .option(
      '--quality <n>',
      'JPEG, WebP and AVIF quality, 1 to 100',
      numberOption('--quality', { min: 1, whole: true }),
      92,
    );
  for (const each of lossNetworkOptions('vgg19')) command.addOption(each);
  return withDeviceOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  fns optimize photo.jpg -s painting.jpg -o picture.png
  fns optimize photo.jpg -s painting.jpg --size 1024 --scales 3 --preview now.jpg -o picture.png
  fns optimize photo.jpg -s a.jpg=0.7 b.jpg=0.3 --original-colours -o picture.png`,
    )
    .action(optimize);
}

async function optimize(photo: string, flags: OptimizeFlags): Promise<void> {
  const { out, init, optimizer, iterations, scales, quality, preview } = flags;
  if (!['photo', 'style', 'noise'].includes(init))
    throw usage(`--init is photo, style or noise, got '${init}'`);
  if (optimizer !== 'lbfgs' && optimizer !== 'adam')
    throw usage(`--optimizer is lbfgs or adam, got '${optimizer}'`);
  if (quality > 100) throw usage(`--quality needs a whole number from 1 to 100, got '${quality}'`);
  if (scales > 6) throw usage(`--scales is at most 6, got '${scales}'`);
  for (const file of [out, ...(preview === undefined ? [] : [preview])]) {
    requireWritableExtension(file);
    await requireFolderFor(file);
  }
  const loss = await chooseLossNetwork(flags);
  const chosen = { ...loss.config, lossNetwork: loss.config.lossNetwork ?? 'vgg19' };
  const weights = lossWeightsOf(flags, chosen);
  const image = await decodeImage(photo, { resize: longerSide(flags.size) });
  const content = planes(flattenOverWhite(image));
  const { width, height } = content;
  if (Math.min(width, height) < 16)
    throw usage(`the picture would be ${width}x${height}: 16 pixels are the least`);
  const style = await readStyle(flags, Math.min(width, height));
  const start =
    init === 'noise'
      ? 'noise'
      : init === 'photo'
        ? content
        : planes(await resizeTo(style.first, width, height));
  const lossNetwork = await loadLossNetwork(chosen, { file: loss.file });
  lossNetwork.requireLayers(lossLayers(weights));
  const line = progressLine();
  line.update(`preparing ${width}x${height}`);
  const interruption = onInterrupt(() =>
    line.note('stopping after this iteration; Ctrl-C again to quit at once'),
  );
  const finished = (picture: Float32Array, w = width, h = height): Image => {
    const plain = fromPlanes({ width: w, height: h, data: picture });
    const sameSize = w === width && h === height;
    const coloured =
      flags.originalColours && sameSize
        ? withColoursOf(plain, fromPlanes({ width: w, height: h, data: content.data }))
        : plain;
    return image.alpha && sameSize ? { ...coloured, alpha: image.alpha } : coloured;
  };
  const started = Date.now();
  let result: Optimised;
  try {
    result = await optimisePicture({
      width,
      height,
      content,
      style: style.source,
      weights,
      start,
      iterations,
      scales,
      optimizer,
      learningRate: flags.lr,
      seed: flags.seed,
      lossNetwork,
      openSession,
      session: { device: flags.device, threads: flags.threads },
      signal: interruption.signal,
      onProgress: async (p) => {
        const seconds = (Date.now() - started) / 1000;
        const left = duration((seconds / p.iteration) * (p.iterations - p.iteration));
        const share = `${Math.floor((100 * p.iteration) / p.iterations)}%`.padStart(4);
        line.update(
          `${share}  ${p.width}x${p.height}  iteration ${p.iteration}/${p.iterations}  ${left} left  objective ${p.value.toPrecision(5)}`,
        );
        if (preview !== undefined && p.iteration % flags.previewEvery === 0) {
          await encodeImage(preview, finished(p.picture, p.width, p.height), { quality }).catch(
            (error: Error) => line.note(`warning: ${error.message}`),
          );
        }
      },
    });
  } finally {
    interruption.end();
  }
  await encodeImage(out, finished(result.picture.data), { quality });
  line.end();
  const how = `${result.iterations} iterations in ${duration((Date.now() - started) / 1000)}`;
  console.error(
    `${result.stopped ? 'stopped after' : 'made in'} ${how}, objective ${result.value.toPrecision(5)}`,
  );
  console.log(out);
}

function lossWeightsOf(flags: OptimizeFlags, { lossNetwork }: LossNetworkConfig): LossWeights {
  const { contentLayers, contentWeight, styleLayers, styleWeight, tvWeight, normalisation } = flags;
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

/** A size of at most `side` pixels on the longer side. */
function longerSide(side: number) {
  return ({ width, height }: Pick<Image, 'width' | 'height'>) => {
    const factor = Math.min(1, side / Math.max(width, height));
    return {
      width: Math.max(1, Math.round(width * factor)),
      height: Math.max(1, Math.round(height * factor)),
    };
  };
}

function planes(image: Image): Planes {
  return { width: image.width, height: image.height, data: toPlanes(image).data };
}

/** The paintings at their size, uncropped: an optimisation need not have squares. */
async function readStyle({ style, styleSize }: OptimizeFlags, shorterSide: number) {
  const parts = style.map((text) => {
    const [, file, weight] = /^(.*)=([\d.]+)$/.exec(text) ?? [undefined, text, '1'];
    const value = Number(weight);
    if (!(value > 0)) throw usage(`the weight of ${basename(file!)} must be above 0, got '${weight}'`);
    return { file: file!, weight: value };
  });
  const images = await Promise.all(
    parts.map(async ({ file, weight }) => {
      const image = flattenOverWhite(
        await decodeImage(file, { resize: (own) => withShorterSide(own, styleSize ?? shorterSide) }),
      );
      return { image, weight };
    }),
  );
  const source: StyleSource = images.map(({ image, weight }) => ({ image: planes(image), weight }));
  return { source, first: images[0]!.image };
}

/** The light and dark of one picture with the colours of another: BT.601 luma of the first, chroma of the second. */
function withColoursOf(picture: Image, photo: Image): Image {
  const data = new Uint8ClampedArray(picture.data.length);
  for (let i = 0; i < data.length; i += 3) {
    const luma = (p: Uint8Array) => 0.299 * p[i]! + 0.587 * p[i + 1]! + 0.114 * p[i + 2]!;
    const lift = luma(picture.data) - luma(photo.data);
    for (let c = 0; c < 3; c++) data[i + c] = photo.data[i + c]! + lift;
  }
  return { ...picture, data: Uint8Array.from(data) };
}
