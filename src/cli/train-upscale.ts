import { Command } from 'commander';
import type { JobOptions } from '../jobs/job.js';
import { resumeUpscaler, type TrainUpscalerOptions, trainUpscaler } from '../jobs/train-upscaler.js';
import { UPSCALE_DEFAULTS, upscaleConfigSchema } from '../train/upscale-config.js';
import { option, withOptions } from './options.js';
import { pairOptions } from './pair-options.js';
import { runTrainingCommand } from './run-training.js';
import { given } from './training-options.js';

/** `fns train-upscale`: trains a super-resolution network. */
export function trainUpscaleCommand(): Command {
  const { modern, paper } = UPSCALE_DEFAULTS;
  return withOptions(new Command('train-upscale'), [
    option('--photos <folder...>', 'sharp photos to learn on, larger than --size (searched recursively)'),
    ...pairOptions('the network', upscaleConfigSchema, { modern, paper }),
  ])
    .summary('train a network that enlarges photos')
    .description(
      'Train a super-resolution network on photos, which are made small and should come out as they were. The pixel loss alone needs nothing else; ' +
        'the feature loss (--feature-weight) needs VGG weights and gives sharper pictures. Ctrl-C ends early and keeps what is learned.',
    )
    .addHelpText(
      'after',
      `
Examples:
  fns train-upscale --photos ~/Pictures -o mine.onnx
  fns train-upscale --photos ~/Pictures --init mine.onnx --feature-weight 1 --pixel-weight 0.1 --steps 2000 -o sharp.onnx
  fns train-upscale --photos coco/train2014 --architecture paper -x 8 -o paper-x8.onnx
  fns train-upscale --resume mine.training`,
    )
    .action((flags: TrainUpscalerOptions, command: Command) =>
      runTrainingCommand(command, flags, { places: ['photos'], begin, goOn: resumeUpscaler }),
    );
}

/** Checks the options of a new training. */
function begin(flags: TrainUpscalerOptions) {
  given(flags.photos, '--photos', 'a folder of sharp photos');
  given(flags.out, '--out', 'the .onnx file to write');
  return (job: JobOptions) => trainUpscaler(flags, job);
}
