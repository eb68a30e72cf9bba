import { Command } from 'commander';
import type { JobOptions } from '../jobs/job.js';
import { resumeStyle } from '../jobs/resume-style.js';
import { TRAINING_INTERVALS, type TrainStyleOptions, trainStyle } from '../jobs/train-style.js';
import { withOptions } from './options.js';
import { runTrainingCommand } from './run-training.js';
import { type StyleFlags, styleOptions, trainingOf } from './style-options.js';
import { everyOption, given, placeOptions } from './training-options.js';

/** `fns train`: learns a style from a painting and a folder of photos. */
export function trainCommand(): Command {
  const { previewEvery, checkpointEvery, logEvery } = TRAINING_INTERVALS;
  return withOptions(new Command('train'), [
    ...styleOptions(placeOptions('the style file')),
    everyOption('preview-every', 'steps between previews and saved style files', previewEvery),
    everyOption('checkpoint-every', 'steps between checkpoints: at most so many are lost', checkpointEvery),
    everyOption(
      'log-every',
      'steps between lines of the log (TensorBoard and JSON lines in STYLE.training); 0: no log',
      logEvery,
    ),
  ])
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
  fns train --resume copy/wave.training --style moved/wave.jpg --photos moved/photos --steps 5000
  fns train --style wave.jpg --photos ~/Pictures --loss-network squeezenet.onnx --content-layers fire5/concat --style-layers conv1_relu,fire3/concat -o wave.onnx
  fns train --style wave.jpg scream.jpg starry.jpg --photos ~/Pictures --epochs 4 -o many.onnx
  fns train --style new.jpg --photos ~/Pictures --init many.onnx --only rows --minutes 5 -o more.onnx
  fns train --style wave.jpg --photos ~/Pictures --init starry.onnx --steps 500 -o wave.onnx`,
    )
    .action((flags: StyleFlags, command: Command) =>
      runTrainingCommand(command, flags, {
        places: ['style', 'photos'],
        begin,
        goOn: (folder, { style, ...options }, job) =>
          resumeStyle(folder, { ...options, painting: style }, job),
      }),
    );
}

/** Reads and checks the options of a new training. */
async function begin(flags: StyleFlags) {
  const options = await trainingOf(flags);
  given(options.painting, '--style', 'the painting to learn from');
  given(options.photos, '--photos', 'a folder of photos to learn on');
  given(options.out, '--out', 'the style file to write (.onnx)');
  return (job: JobOptions) => trainStyle(options as TrainStyleOptions, job);
}
