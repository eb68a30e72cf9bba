import { Command } from 'commander';
import { usage } from '../core/errors.js';
import type { JobOptions } from '../jobs/job.js';
import { resumePairs, type TrainPairsOptions, trainPairs } from '../jobs/train-pairs.js';
import { PICTURE_CHANGE_DEFAULTS, pictureChangeConfigSchema } from '../train/picture-change-config.js';
import { option, withOptions } from './options.js';
import { pairOptions } from './pair-options.js';
import { runTrainingCommand } from './run-training.js';
import { given } from './training-options.js';

/** `fns train-pairs`: learns from pairs of pictures. */
export function trainPairsCommand(): Command {
  const { paper, ...others } = PICTURE_CHANGE_DEFAULTS;
  return withOptions(new Command('train-pairs'), [
    option('--targets <folder>', 'the pictures as they should come out (searched recursively)'),
    option(
      '--inputs <folder>',
      'the pictures that go in: the same file names (any extension), in the same folders',
    ),
    ...pairOptions('the style file', pictureChangeConfigSchema, { paper, ...others }),
  ])
    .summary('learn from pairs of pictures, such as grey and coloured ones')
    .description(
      'Learn any change of pictures from pairs: a folder of target pictures, and inputs of the same names in another folder or made on the fly (--degrade grey: ' +
        'colourisation). The result is a style file that fns stylize applies. Ctrl-C ends early and keeps what is learned.',
    )
    .addHelpText(
      'after',
      `
Examples:
  fns train-pairs --targets ~/Pictures --degrade grey -o colour.onnx && fns stylize old.jpg -s colour.onnx -o coloured.jpg
  fns train-pairs --inputs raw/ --targets edited/ --feature-weight 0.01 -o look.onnx
  fns train-pairs --resume colour.training`,
    )
    .action((flags: TrainPairsOptions, command: Command) =>
      runTrainingCommand(command, flags, { places: ['targets', 'inputs'], begin, goOn: resumePairs }),
    );
}

/** Checks the options of a new training. */
function begin(flags: TrainPairsOptions) {
  given(flags.targets, '--targets', 'a folder of the pictures as they should come out');
  if ((flags.inputs === undefined) === (flags.degrade === undefined)) {
    throw usage('give either --inputs, a folder of the pictures that go in, or --degrade grey');
  }
  given(flags.out, '--out', 'the .onnx file to write');
  return (job: JobOptions) => trainPairs(flags, job);
}
