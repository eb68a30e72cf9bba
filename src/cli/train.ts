import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { failure, usage } from '../core/errors.js';
import { requireFolderFor } from '../media/files.js';
import { parseDevice } from '../runtime/session.js';
import { trainingConfig } from '../train/config.js';
import { listOption, numberListOption, numberOption } from './options.js';
import { readCheckpoint } from './train-files.js';
import { digested, executeRun, photoList, type TrainingRun, trainingRunSchema } from './train-run.js';
import { LENGTH_KEYS, parseSize, readOptions, settings, type TrainFlags } from './train-settings.js';
import { startingParameters, startingPoint } from './train-start.js';

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
    .option('--style <painting...>', 'the painting; several make one network of many paintings')
    .option(
      '--blend <weights>',
      'take one style from several pictures: their weights, such as 0.7,0.3',
      numberListOption('--blend'),
    )
    .option(
      '--photos <folder>',
      'photos to learn on (searched recursively; a few hundred do, thousands are better)',
    )
    .option('-o, --out <file>', 'the style file to write (.onnx)')
    .option('--resume <folder>', 'go on with a training that was stopped, from its folder STYLE.training')
    .option(
      '--config <file>',
      'configuration in YAML or JSON; options on the command line win. The source’s conf/*.yml work too',
    )
    .option('--name <name>', 'name of the style (the file name by default)')
    .option('--architecture <name>', 'source, paper, modern or lengstrom (default: modern)')
    .option('--width <n>', 'channels at full resolution (default: 16; source and paper 32)', whole('--width'))
    .option(
      '--size <pixels>',
      'side of the training crops (default: 256); 256..512 draws a side for each batch',
      parseSize,
    )
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
    .option(
      '--pixel-weight <x>',
      'weight of the pixel loss against the photo (default: 0)',
      weight('--pixel-weight'),
    )
    .option('--content-layers <list>', 'layers for the content, such as relu3_3', listOption)
    .option('--style-layers <list>', 'layers for the style, such as relu1_2,relu2_2=0.5', listOption)
    .option('--loss-network <name>', 'vgg16 or vgg19 (default: vgg16)')
    .option('--normalisation <name>', 'loss formulas of the source or the paper')
    .option('--schedule <name>', 'learning rate: constant, or cosine (falls in the last 40 %)')
    .option('--crop <name>', 'random or centre')
    .option('--lr <x>', 'learning rate (default: 0.001)', positive('--lr'))
    .option(
      '--output-rate <x>',
      'learning rate of the output convolution as a multiple (default: 16; source and paper 1)',
      positive('--output-rate'),
    )
    .option(
      '--norm-rate <x>',
      'learning rate of the norms as a multiple (default: 1)',
      positive('--norm-rate'),
    )
    .option(
      '--only <what>',
      'rows: train only what belongs to a painting and leave the rest as it is',
      onlyRows,
    )
    .option('--seed <n>', 'seed of all randomness (default: 0)', numberOption('--seed', { whole: true }))
    .option(
      '--init <style>',
      'start from this style; a file of many paintings gets the new one added, FILE:NAME starts a style from that painting, ' +
        'none from random numbers (default: the mean of the shipped network of many paintings, where the network fits)',
    )
    .option('--weights <file>', 'VGG weights (.safetensors or Keras .h5) instead of the installed ones')
    .option('--device <name>', 'auto, cpu, webgpu or cuda', parseDevice, 'auto')
    .option('--threads <n>', 'CPU threads (default: all cores)', whole('--threads'))
    .option(
      '--preview-every <n>',
      'steps between previews and saved style files',
      numberOption('--preview-every', { whole: true }),
      250,
    )
    .option(
      '--checkpoint-every <n>',
      'steps between checkpoints: at most so many are lost',
      numberOption('--checkpoint-every', { whole: true }),
      100,
    )
    .option(
      '--log-every <n>',
      'steps between lines of the log (TensorBoard and JSON lines in STYLE.training); 0: no log',
      numberOption('--log-every', { whole: true }),
      25,
    )
    .option('--preview-photo <photo>', 'photo for the previews (default: the first training photo)')
    .addHelpText(
      'after',
      `
Examples:
  fns train --style wave.jpg --photos ~/Pictures --minutes 30 -o wave.onnx
  fns train --style wave.jpg --photos coco/ --architecture paper --steps 40000 -o wave.onnx
  fns train --config conf/wave.yml --photos coco/train2014 -o wave.onnx
  fns train --resume wave.training
  fns train --style wave.jpg scream.jpg starry.jpg --photos ~/Pictures --epochs 4 -o many.onnx
  fns train --style new.jpg --photos ~/Pictures --init many.onnx --only rows --minutes 5 -o more.onnx
  fns train --style wave.jpg --photos ~/Pictures --init starry.onnx --steps 500 -o wave.onnx`,
    )
    .action(async (flags: TrainFlags & { lr?: number }, command: Command) => {
      const given = (name: string) => command.getOptionValueSource(name) === 'cli';
      const all = { ...flags, learningRate: flags.lr };
      await (flags.resume === undefined ? begin(all) : goOn(all, flags.resume, given));
    });
}

function onlyRows(text: string): 'rows' {
  if (text !== 'rows') throw usage(`--only knows rows, got '${text}'`);
  return text;
}

/** A new training. */
async function begin(flags: TrainFlags): Promise<void> {
  const read = await readOptions(flags);
  const start = await startingPoint(flags.init, read.options);
  const { config, paintings, photos, out } = settings(flags, read, start);
  await requireFolderFor(out);
  const init = start && startingParameters(start, config);
  const { sha256 } = await photoList(photos);
  const run: TrainingRun = {
    config,
    paintings: await digested(paintings),
    photos,
    photosSha256: sha256,
    out,
    ...(flags.weights === undefined ? {} : { weights: resolve(flags.weights) }),
    device: flags.device,
    threads: flags.threads ?? availableParallelism(),
    previewEvery: flags.previewEvery,
    checkpointEvery: flags.checkpointEvery,
    logEvery: flags.logEvery,
    ...(flags.previewPhoto === undefined ? {} : { previewPhoto: resolve(flags.previewPhoto) }),
    start: start?.init ?? 'none',
    stepsBefore: start && !start.byDefault ? start.style.info.steps : 0,
  };
  if (start?.byDefault) {
    const count = start.style.info.paintings?.length ?? 1;
    console.error(
      `starting from the shipped network of ${count} paintings (--init none: from random numbers)`,
    );
  } else if (start?.adds && config.only !== 'rows') {
    console.error(`the other paintings of ${start.label} change too (--only rows leaves them as they are)`);
  }
  await executeRun(run, { init });
}

/** What may be given together with --resume: the others are those of the training. */
const RESUME_FLAGS = ['resume', ...LENGTH_KEYS];

/** A training that was stopped. */
async function goOn(flags: TrainFlags, folder: string, given: (name: string) => boolean): Promise<void> {
  const other = Object.keys(flags).find((name) => !RESUME_FLAGS.includes(name) && given(name));
  if (other !== undefined) {
    const flag = other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw usage(
      `--resume goes on with the options of the training; only --steps, --epochs or --minutes may be new, not --${flag}`,
    );
  }
  const checkpoint = await readCheckpoint(folder);
  const found = trainingRunSchema.safeParse(checkpoint.run);
  if (!found.success) {
    const issue = found.error.issues[0]!;
    throw failure(
      `the checkpoint in ${folder} is of no training of fns: ${issue.path.join('.')}: ${issue.message}`,
    );
  }
  const run = found.data;
  for (const { path, sha256 } of (await digested(run.paintings)).flatMap((p) => p.images)) {
    const old = run.paintings.flatMap((p) => p.images).find((image) => image.path === path);
    if (old?.sha256 !== sha256)
      throw failure(`${path} is not the painting of before: the training can not go on with it`);
  }
  if (LENGTH_KEYS.some((key) => flags[key] !== undefined)) {
    const { steps: _s, epochs: _e, minutes: _m, ...rest } = run.config;
    const lengths = Object.fromEntries(LENGTH_KEYS.map((key) => [key, flags[key]]));
    run.config = trainingConfig({ ...rest, ...lengths });
  }
  console.error(`going on after step ${checkpoint.state.steps}`);
  await executeRun(run, { checkpoint });
}
