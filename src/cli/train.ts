import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { failure, usage } from '../core/errors.js';
import { requireFolderFor } from '../node/media/files.js';
import { type TrainingConfig, trainingConfig } from '../train/config.js';
import { readCheckpoint } from './train-files.js';
import { trainOptions } from './train-options.js';
import { digested, executeRun, photoList, type TrainingRun, trainingRunSchema } from './train-run.js';
import { LENGTH_KEYS, readOptions, settings, type TrainFlags } from './train-settings.js';
import { STARTED_BY_DEFAULT, type StartingPoint, startingParameters, startingPoint } from './train-start.js';

/** `fns train`: learns a style from a painting and a folder of photos. */
export function trainCommand(): Command {
  const command = new Command('train');
  for (const option of trainOptions()) command.addOption(option);
  return command
    .summary('learn a style from a painting and a folder of photos')
    .description(
      'Learn a style: train a network that turns any photo into a picture in the style of one painting. ' +
        'Writes one ONNX file, and beside it the cropped painting and a preview. Ctrl-C ends early and keeps what is learned.',
    )
    .addHelpText(
      'after',
      `
Examples:
  fns train --style wave.jpg --photos ~/Pictures --minutes 30 -o wave.onnx
  fns train --style wave.jpg --photos coco/ --architecture paper --steps 40000 -o wave.onnx
  fns train --config conf/wave.yml --photos coco/train2014 -o wave.onnx
  fns train --resume wave.training
  fns train --style wave.jpg --photos ~/Pictures --loss-network squeezenet.onnx --content-layers fire5/concat --style-layers conv1_relu,fire3/concat -o wave.onnx
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
    ...(read.weights === undefined ? {} : { weights: read.weights }),
    device: flags.device,
    threads: flags.threads ?? availableParallelism(),
    previewEvery: flags.previewEvery,
    checkpointEvery: flags.checkpointEvery,
    logEvery: flags.logEvery,
    ...(flags.previewPhoto === undefined ? {} : { previewPhoto: resolve(flags.previewPhoto) }),
    start: start?.init ?? 'none',
    stepsBefore: start && !start.byDefault ? start.style.info.steps : 0,
  };
  await executeRun(run, { init, note: start && noteOf(start, config) });
}

/** What a user may not expect of a start. */
function noteOf(start: StartingPoint, config: TrainingConfig): string | undefined {
  if (start.byDefault) return STARTED_BY_DEFAULT;
  const changes = start.adds && config.only !== 'rows';
  return changes
    ? `the other paintings of ${start.label} change too (--only rows leaves them as they are)`
    : undefined;
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
  await executeRun(run, { checkpoint, note: `going on after step ${checkpoint.state.steps}` });
}
