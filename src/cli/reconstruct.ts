import { join } from 'node:path';
import { Command } from 'commander';
import { loadStyle } from '../api/node.js';
import { failure, usage } from '../core/errors.js';
import { fractalNoise } from '../core/fractal-noise.js';
import type { Image } from '../core/image.js';
import { fromPlanes, toPlanes } from '../core/planes.js';
import type { LossWeights } from '../losses/perceptual.js';
import { isVgg, parseLayer } from '../nets/layers.js';
import {
  decodeImage,
  encodeImage,
  flattenOverWhite,
  requireWritableExtension,
  withShorterSide,
} from '../node/media/image.js';
import { contactSheet, type SheetCell } from '../node/media/sheet.js';
import { openSession } from '../node/session.js';
import { chooseLossNetwork, loadLossNetwork } from '../node/weights/loss-network-file.js';
import { optimisePicture } from '../optimize/optimise-picture.js';
import type { Device } from '../runtime/session.js';
import { evaluationFolder } from './evaluation-results.js';
import { onInterrupt } from './interrupt.js';
import { listOption, lossNetworkOptions, numberOption, withDeviceOptions } from './options.js';
import { duration, progressLine } from './progress.js';

interface ReconstructFlags {
  layers?: string[];
  out: string;
  size: number;
  iterations: number;
  tvWeight: number;
  lossNetwork: string;
  lossInput?: string;
  seed: number;
  weights?: string;
  device: Device;
  threads?: number;
}

/** The layers of the paper's figure 3. */
const CONTENT_LAYERS = ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_3', 'relu5_1', 'relu5_3'];
/** Of its figure 4, each with all before it. */
const STYLE_LAYERS = ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_3'];

/** `fns reconstruct`: what layers of the loss network keep of a picture. */
export function reconstructCommand(): Command {
  return new Command('reconstruct')
    .summary('show what layers of the loss network keep of a picture (figures 3 and 4 of the paper)')
    .description(
      'Show what layers of the loss network keep of a picture: pictures optimised from noise until these layers see the same.',
    )
    .addCommand(
      optimising(
        'content',
        'feature inversion, one picture for each layer (figure 3)',
        `the layers (default: ${CONTENT_LAYERS.join(',')}, as far as the weights reach)`,
      ).addHelpText(
        'after',
        `
Examples:
  fns reconstruct content photo.jpg -o inversion/
  fns reconstruct content photo.jpg --layers relu2_2,relu4_3 --size 384 -o inversion/`,
      ),
    )
    .addCommand(
      optimising(
        'style',
        'style reconstruction, one picture for each layer together with those before it (figure 4)',
        `the layers (default: ${STYLE_LAYERS.join(',')}, as far as the weights reach)`,
      ).addHelpText(
        'after',
        `
Examples:
  fns reconstruct style painting.jpg -o texture/
  fns reconstruct style painting.jpg --layers relu1_1,relu3_1 -o texture/`,
      ),
    )
    .addCommand(textureCommand());
}

function optimising(kind: 'content' | 'style', summary: string, layers: string): Command {
  const whole = (name: string) => numberOption(name, { above: true, whole: true });
  const command = new Command(kind)
    .summary(summary)
    .description(
      `${summary[0]!.toUpperCase()}${summary.slice(1)}. Writes a picture for each and sheet.png with all. Ctrl-C writes what is there.`,
    )
    .argument('<picture>', 'the picture')
    .option('--layers <list>', layers, listOption)
    .requiredOption('-o, --out <folder>', 'where the pictures go')
    .option('--size <pixels>', 'shorter side of the pictures', whole('--size'), 256)
    .option('--iterations <n>', 'iterations of L-BFGS for each picture', whole('--iterations'), 200)
    .option(
      '--tv-weight <x>',
      'weight of the total variation; the losses of layers are relative to their targets',
      numberOption('--tv-weight'),
      kind === 'content' ? 2e-5 : 0,
    )
    .option('--seed <n>', 'seed of the noise', numberOption('--seed', { whole: true }), 0)
    .option('--weights <file>', 'VGG weights (.safetensors or Keras .h5) instead of the installed ones');
  for (const each of lossNetworkOptions('vgg16')) command.addOption(each);
  return withDeviceOptions(command).action((picture: string, flags: ReconstructFlags) =>
    reconstruct(kind, picture, flags),
  );
}

async function reconstruct(kind: 'content' | 'style', file: string, flags: ReconstructFlags): Promise<void> {
  const { size, iterations, out, seed, device, threads } = flags;
  const loss = await chooseLossNetwork(flags);
  const config = { ...loss.config, lossNetwork: loss.config.lossNetwork ?? 'vgg16' };
  const asked = flags.layers?.map((name) => parseLayer(name, config.lossNetwork));
  const wrong = isVgg(config.lossNetwork) && asked?.find((layer) => !layer.startsWith('relu'));
  if (wrong) throw usage(`--layers are ReLU layers such as relu2_2, got '${wrong}'`);
  if (size < 32) throw usage(`--size needs at least 32 pixels, got ${size}`);
  const image = flattenOverWhite(await decodeImage(file, { resize: (own) => withShorterSide(own, size) }));
  const lossNetwork = await loadLossNetwork(config, { file: loss.file });
  const known = lossNetwork.layers();
  const has = (layer: string) => known.includes(layer);
  const layers = asked ?? (kind === 'content' ? CONTENT_LAYERS : STYLE_LAYERS).filter(has);
  if (layers.length === 0)
    throw failure(`${lossNetwork.name} has no layer of the figure: choose some with --layers`);
  lossNetwork.requireLayers(layers);
  await evaluationFolder(out);
  const line = progressLine();
  const missing = asked ? [] : (kind === 'content' ? CONTENT_LAYERS : STYLE_LAYERS).filter((l) => !has(l));
  if (missing.length > 0) line.note(`left out, because the weights end before: ${missing.join(', ')}`);
  const interruption = onInterrupt(() =>
    line.note('stopping after this iteration; Ctrl-C again to quit at once'),
  );
  const planar = { width: image.width, height: image.height, data: toPlanes(image).data };
  const cells: SheetCell[] = [{ image, caption: ['the picture'] }];
  const started = Date.now();
  try {
    for (const [i, layer] of layers.entries()) {
      if (interruption.signal.aborted) break;
      const seen = kind === 'content' ? [layer] : layers.slice(0, i + 1);
      const { picture } = await optimisePicture({
        width: image.width,
        height: image.height,
        ...(kind === 'content' ? { content: planar } : { style: planar }),
        weights: weightsOf(kind, seen, flags.tvWeight),
        relative: true,
        start: 'noise',
        seed,
        iterations,
        lossNetwork,
        openSession,
        session: { device, threads },
        signal: interruption.signal,
        onProgress: (p) => {
          const done = i * iterations + p.iteration;
          const all = layers.length * iterations;
          const left = duration(((Date.now() - started) / 1000 / done) * (all - done));
          line.update(
            `${String(Math.floor((100 * done) / all)).padStart(3)}%  ${layer}  iteration ${p.iteration}/${iterations}  ${left} left  loss ${p.value.toPrecision(4)}`,
          );
        },
      });
      const result = fromPlanes({ width: picture.width, height: picture.height, data: picture.data });
      const path = join(out, `${layer.replace(/[^\w.-]/g, '_')}.png`);
      await encodeImage(path, result);
      console.log(path);
      cells.push({ image: result, caption: [kind === 'content' || i === 0 ? layer : `up to ${layer}`] });
    }
    const sheet = join(out, 'sheet.png');
    await encodeImage(sheet, await contactSheet(cells, { columns: Math.min(4, cells.length) }));
    line.end();
    console.log(sheet);
  } finally {
    interruption.end();
  }
}

function weightsOf(kind: 'content' | 'style', layers: readonly string[], tv: number): LossWeights {
  const weighted = layers.map((layer) => ({ layer, weight: 1 }));
  return {
    content: kind === 'content' ? weighted : [],
    style: kind === 'style' ? weighted : [],
    tv,
    // Mean squares, so that the weight of the total variation holds for every size.
    normalisation: 'source',
  };
}

interface TextureFlags {
  out: string;
  size: number;
  seed: number;
  device: Device;
  threads?: number;
}

/** `fns reconstruct texture`: what a style draws where there is nothing to see. */
function textureCommand(): Command {
  const whole = (name: string) => numberOption(name, { above: true, whole: true });
  const command = new Command('texture')
    .summary('the texture that a style file stands for')
    .description(
      'The texture that a style file stands for: what it makes of clouds of random colours. Needs no VGG weights.',
    )
    .argument('<style>', 'a shipped style or an .onnx file; FILE:NAME of a file of many paintings')
    .requiredOption('-o, --out <file>', 'the picture to write')
    .option('--size <pixels>', 'side of the picture', whole('--size'), 512)
    .option('--seed <n>', 'seed of the clouds', numberOption('--seed', { whole: true }), 0);
  return withDeviceOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  fns reconstruct texture wave -o wave-texture.png
  fns reconstruct texture mine.onnx --size 1024 -o texture.jpg`,
    )
    .action(async (style: string, { out, size, seed, device, threads }: TextureFlags) => {
      requireWritableExtension(out);
      if (size > 8192) throw usage(`--size is at most 8192, got ${size}`);
      const stylizer = await loadStyle(style, { device, threads });
      try {
        const clouds: Image = fractalNoise(size, size, seed);
        await encodeImage(out, await stylizer.stylize(clouds));
        console.log(out);
      } finally {
        await stylizer.close();
      }
    });
}
