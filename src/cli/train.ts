import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { Command } from 'commander';
import { failure, usage } from '../core/errors.js';
import { fromPlanar, toPlanar } from '../core/planar.js';
import { lossLayers } from '../losses/perceptual.js';
import { readFailure, requireFolderFor, writeFileAtomically } from '../media/files.js';
import { listPhotos } from '../media/folder.js';
import {
  centreCrop,
  decodeImage,
  encodeImage,
  flattenOverWhite,
  type Image,
  resizeShorterSide,
  withShorterSide,
} from '../media/image.js';
import { openPhotos } from '../media/photos.js';
import { decodeStyle, encodeStyle, type Style } from '../model/style-file.js';
import { requireLayers } from '../nets/vgg.js';
import { openSession } from '../runtime/node.js';
import { parseDevice } from '../runtime/session.js';
import { lossWeights, type TrainingConfig } from '../train/config.js';
import { runTraining, type TrainingProgress } from '../train/loop.js';
import { openTrainer, type Trainer } from '../train/trainer.js';
import { loadVggWeights } from '../weights/vgg-weights.js';
import { listOption, numberOption } from './options.js';
import { duration, progressLine } from './progress.js';
import { settings, type TrainFlags } from './train-settings.js';

/** `fns train`: learns a style from a painting and a folder of photos. */
export function trainCommand(): Command {
  const whole = (name: string) => numberOption(name, { min: 0, above: true, whole: true });
  const positive = (name: string) => numberOption(name, { above: true });
  const weight = (name: string) => numberOption(name);
  return new Command('train')
    .summary('learn a style from a painting and a folder of photos')
    .description(
      'Learn a style: train a network that turns any photo into a picture in the style of one painting. ' +
        'Writes one ONNX file, and beside it the cropped painting and a preview. Ctrl-C ends early and keeps what is learned.',
    )
    .option('--style <painting>', 'the painting')
    .option(
      '--photos <folder>',
      'photos to learn on (searched recursively; a few hundred do, thousands are better)',
    )
    .requiredOption('-o, --out <file>', 'the style file to write (.onnx)')
    .option(
      '--config <file>',
      'configuration in YAML or JSON; options on the command line win. The source’s conf/*.yml work too',
    )
    .option('--name <name>', 'name of the style (the file name by default)')
    .option('--architecture <name>', 'source, paper, modern or lengstrom (default: modern)')
    .option('--width <n>', 'channels at full resolution (default: 16; source and paper 32)', whole('--width'))
    .option('--size <pixels>', 'side of the training crops (default: 256)', whole('--size'))
    .option(
      '--style-size <pixels>',
      'shorter side of the painting (default: --size); larger gives larger strokes',
      whole('--style-size'),
    )
    .option('--batch <n>', 'photos per step (default: 2; source and paper 4)', whole('--batch'))
    .option('--steps <n>', 'length of the training in steps', whole('--steps'))
    .option('--epochs <n>', 'in passes over all photos (default: 2; paper 40000 steps)', positive('--epochs'))
    .option('--minutes <n>', 'in minutes', positive('--minutes'))
    .option('--content-weight <x>', 'weight of the content loss (default: 1)', weight('--content-weight'))
    .option(
      '--style-weight <x>',
      'weight of the style loss (default: 8; source 220, paper 5)',
      weight('--style-weight'),
    )
    .option('--tv-weight <x>', 'weight of the total variation loss, for smoothness', weight('--tv-weight'))
    .option('--content-layers <list>', 'layers for the content, such as relu3_3', listOption)
    .option('--style-layers <list>', 'layers for the style, such as relu1_2,relu2_2=0.5', listOption)
    .option('--loss-network <name>', 'vgg16 or vgg19 (default: vgg16)')
    .option('--normalisation <name>', 'loss formulas of the source or the paper')
    .option('--schedule <name>', 'learning rate: constant, or cosine (falls in the last 40 %)')
    .option('--crop <name>', 'random or centre')
    .option('--lr <x>', 'learning rate (default: 0.001)', positive('--lr'))
    .option('--seed <n>', 'seed of all randomness (default: 0)', numberOption('--seed', { whole: true }))
    .option('--init <style.onnx>', 'start from this style instead of random numbers')
    .option('--weights <file>', 'VGG weights (.safetensors or Keras .h5) instead of the installed ones')
    .option('--device <name>', 'auto, cpu, webgpu or cuda', parseDevice, 'auto')
    .option('--threads <n>', 'CPU threads (default: all cores)', whole('--threads'))
    .option(
      '--preview-every <n>',
      'steps between previews and saved style files',
      numberOption('--preview-every', { whole: true }),
      250,
    )
    .option('--preview-photo <photo>', 'photo for the previews (default: the first training photo)')
    .addHelpText(
      'after',
      `
Examples:
  fns train --style wave.jpg --photos ~/Pictures --minutes 30 -o wave.onnx
  fns train --style wave.jpg --photos coco/ --architecture paper --steps 40000 -o wave.onnx
  fns train --config conf/wave.yml --photos coco/train2014 -o wave.onnx
  fns train --style wave.jpg --photos ~/Pictures --init starry.onnx --steps 500 -o wave.onnx`,
    )
    .action(async (flags: TrainFlags & { lr?: number }) => {
      await train({ ...flags, learningRate: flags.lr });
    });
}

/** The style target: shorter side resized, central square cut out. */
async function styleTarget(path: string, size: number): Promise<Image> {
  const image = flattenOverWhite(await decodeImage(path));
  const resized = await resizeShorterSide(image, size);
  return centreCrop(resized, Math.min(size, resized.width), Math.min(size, resized.height));
}

async function readStyle(path: string): Promise<Style> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw readFailure(path, error);
  });
  return decodeStyle(bytes, path);
}

/** The parameters of `--init`, checked against the configuration. */
function initialFrom(style: Style | undefined, config: TrainingConfig, path: string | undefined) {
  if (!style) return undefined;
  const { architecture, width } = style.info;
  if (architecture !== config.architecture || width !== config.width) {
    throw usage(
      `${path} is ${architecture} of width ${width}, the training asks for ${config.architecture} of width ${config.width}: ` +
        'give --architecture and --width to match',
    );
  }
  return style.parameters;
}

async function train(flags: TrainFlags): Promise<void> {
  const initial = flags.init === undefined ? undefined : await readStyle(flags.init);
  if (initial) {
    flags.architecture ??= initial.info.architecture;
    flags.width ??= initial.info.width;
  }
  const { config, style, photos } = await settings(flags);
  await requireFolderFor(flags.out);
  const init = initialFrom(initial, config, flags.init);
  const files = await listPhotos(photos);
  const target = await styleTarget(style, config.styleSize);
  const preview = await previewPhoto(flags.previewPhoto ?? files[0]!, config.size * 2);
  const { tensors } = await loadVggWeights(config.lossNetwork, { file: flags.weights });
  requireLayers(config.lossNetwork, tensors, lossLayers(lossWeights(config)));

  const line = progressLine();
  const { device, threads } = flags;
  line.update('building the training graph');
  const trainer = await openTrainer({
    config,
    style: { width: target.width, height: target.height, data: toPlanar(target) },
    vggWeights: tensors,
    init,
    openSession,
    session: { device, threads },
  });
  const stem = join(dirname(flags.out), basename(flags.out, extname(flags.out)));
  await encodeImage(`${stem}.target.png`, target);
  const source = openPhotos({
    files,
    size: config.size,
    batch: config.batch,
    seed: config.seed,
    crop: config.crop,
    onSkip: (path, reason) => line.note(`skipped ${path}: ${reason}`),
  });
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130);
    line.note('stopping after this step; Ctrl-C again to quit at once');
    stop.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const before = initial?.info.steps ?? 0;
    const last = await runTraining(trainer, {
      config,
      photos: files.length,
      nextBatch: async () => (await source.next()).data,
      snapshotEvery: flags.previewEvery,
      signal: stop.signal,
      onStep: (p) => line.update(progressText(p, config)),
      onSnapshot: async (p) => {
        const saved = snapshot(trainer, config, flags, before + p.step, preview, stem);
        if (p.progress >= 1 || stop.signal.aborted) return saved;
        // A disk that is full now may have room at the next snapshot: hours of training are not thrown away for it.
        await saved.catch((error: Error) => line.note(`warning: ${error.message}; training goes on`));
      },
    });
    line.update(progressText(last, config));
    line.end();
    console.error(
      `${stop.signal.aborted ? 'stopped after' : 'trained'} ${last.step} steps in ${duration(last.seconds)} on ${trainer.device}`,
    );
    console.log(flags.out);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    source.close();
    await trainer.close();
  }
}

async function previewPhoto(path: string, size: number): Promise<Image> {
  return flattenOverWhite(
    await decodeImage(path, { resize: (s) => withShorterSide(s, Math.min(size, s.width, s.height)) }),
  );
}

/** Writes the style file and the preview as they are now. */
async function snapshot(
  trainer: Trainer,
  config: TrainingConfig,
  flags: TrainFlags,
  steps: number,
  preview: Image,
  stem: string,
): Promise<void> {
  const bytes = encodeStyle({
    info: {
      name: config.name,
      architecture: config.architecture,
      width: config.width,
      steps,
      seed: config.seed,
      lossNetwork: config.lossNetwork,
      config: JSON.stringify(config),
      licence: 'trained with VGG weights of K. Simonyan and A. Zisserman (CC BY 4.0)',
    },
    parameters: await trainer.parameters(),
  });
  await writeFileAtomically(flags.out, bytes);
  const session = await openSession(bytes, { device: flags.device, threads: flags.threads });
  try {
    const { width, height } = preview;
    const results = await session.run({
      image: { dtype: 'float32', shape: [1, 3, height, width], data: toPlanar(preview) },
    });
    const data = results.stylized?.data;
    if (!(data instanceof Float32Array)) throw failure('the style gave no picture');
    await encodeImage(`${stem}.preview.jpg`, fromPlanar(data, width, height));
  } finally {
    await session.close();
  }
}

/** `12% step 300/2500  2.1 photos/s  12:34 left  total 1.2e+6  content ...`. */
function progressText(p: TrainingProgress, config: TrainingConfig): string {
  const steps = p.totalSteps === undefined ? `${p.step}` : `${p.step}/${p.totalSteps}`;
  const sum = (prefix: string) =>
    Object.entries(p.losses).reduce((total, [name, v]) => (name.startsWith(prefix) ? total + v : total), 0);
  const losses = [
    `total ${p.losses.total!.toPrecision(4)}`,
    `content ${(sum('content/') * config.contentWeight).toPrecision(3)}`,
    `style ${(sum('style/') * config.styleWeight).toPrecision(3)}`,
    ...(p.losses.tv === undefined ? [] : [`tv ${(p.losses.tv * config.tvWeight).toPrecision(3)}`]),
  ];
  const share = `${Math.floor(100 * p.progress)}%`.padStart(4);
  return `${share}  step ${steps}  ${p.imagesPerSecond.toFixed(2)} photos/s  ${duration(p.secondsLeft)} left  ${losses.join('  ')}`;
}
