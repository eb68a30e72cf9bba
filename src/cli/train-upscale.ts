import { Command } from 'commander';
import { resumeUpscaler, type TrainUpscalerOptions, trainUpscaler } from '../jobs/train-upscaler.js';
import { UPSCALE_DEFAULTS, upscaleConfigSchema } from '../train/upscale-config.js';
import { option, withOptions } from './options.js';
import { runJob } from './run-job.js';
import { saveOptions } from './save-options.js';
import { schemaOptions } from './schema-options.js';
import {
  given,
  initOption,
  machineOptions,
  placeOptions,
  requireOnly,
  trainingEnd,
  typedOnly,
} from './training-options.js';

/** `fns train-upscale`: trains a super-resolution network. */
export function trainUpscaleCommand(): Command {
  const { modern, paper } = UPSCALE_DEFAULTS;
  return withOptions(new Command('train-upscale'), [
    option('--photos <folder...>', 'sharp photos to learn on, larger than --size (searched recursively)'),
    ...placeOptions('the network'),
    ...schemaOptions(upscaleConfigSchema.shape, { defaults: { modern, paper } }),
    initOption(),
    ...machineOptions(),
    ...saveOptions(),
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
    .action(train);
}

async function train(
  { resume, ...flags }: TrainUpscalerOptions & { resume?: string },
  command: Command,
): Promise<void> {
  if (resume !== undefined) {
    requireOnly(command, flags, ['photos']);
    const { photos, out, force, weights, steps, epochs, minutes } = flags;
    const machine = typedOnly(command, flags, ['device', 'threads']);
    const options = { photos, out, force, weights, steps, epochs, minutes, ...machine };
    await runJob(command, (job) => resumeUpscaler(resume, options, job), trainingEnd('train-upscale'));
    return;
  }
  given(flags.photos, '--photos', 'a folder of sharp photos');
  given(flags.out, '--out', 'the .onnx file to write');
  await runJob(command, (job) => trainUpscaler(flags, job), trainingEnd('train-upscale'));
}
