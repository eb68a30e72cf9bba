import { Command } from 'commander';
import { type UpscalePicturesOptions, upscalePictures } from '../jobs/upscale-pictures.js';
import {
  choice,
  deviceOptions,
  memoryOption,
  numberOption,
  option,
  pictureOptions,
  withOptions,
} from './options.js';
import { finishedLines, requireAll, requireFreeOutput } from './picture-results.js';
import { runJob } from './run-job.js';

/** `fns upscale`: enlarges photos. */
export function upscaleCommand(): Command {
  const command = new Command('upscale')
    .summary('enlarge photos by 4 or 8 (super-resolution)')
    .description(
      'Enlarge photos with a network that draws what a small picture no longer shows (super-resolution). Any size; transparency is kept (not in JPEG). ' +
        'upscale-x4 was trained with the feature loss: sharp edges and textures; upscale-x4-pixel with the pixel loss: closest to the true pixels, softer; so was upscale-x8.',
    )
    .argument(
      '<photo...>',
      'photos, folders of photos (with the folders inside them) and patterns; - alone is standard input',
    )
    .addOption(choice('-x, --factor <n>', 'how much larger (default: 4)', ['4', '8']))
    .option(
      '-n, --network <name>',
      'a shipped network (upscale-x4, upscale-x4-pixel, upscale-x8) or an .onnx file of fns train-upscale (default: upscale-x4, or upscale-x8 with -x 8)',
    )
    .requiredOption(
      '-o, --out <file or folder>',
      'the picture to write; a folder for several photos, in which their folders are made too; - is standard output',
    )
    .option('--match-histogram', 'give the result the distribution of colours of the photo', false)
    .option(
      '--tile <pixels>',
      'side of the tiles in pixels of the photo: smaller needs less memory, the picture stays the same',
      numberOption('--tile', { min: 15, above: true, whole: true }),
      128,
    );
  const memory = option(
    '--memory <size>',
    'make pictures whose result takes more row by row, through temporary files (default: a quarter of the machine’s)',
    memoryOption('--memory'),
  );
  return withOptions(command, [memory, ...pictureOptions(), ...deviceOptions()])
    .addHelpText(
      'after',
      `
Examples:
  fns upscale small.jpg -o large.png
  fns upscale small.jpg -n upscale-x4-pixel -o large.png
  fns upscale tiny.png -x 8 -o large.png
  fns upscale - -o - --format png < small.jpg > large.png
  fns upscale old-photos/ -o large/ --format png`,
    )
    .action(
      async (
        photos: string[],
        { factor, ...flags }: UpscalePicturesOptions & { factor?: string },
        command: Command,
      ) => {
        const options = { ...flags, photos, ...(factor !== undefined && { factor: Number(factor) }) };
        requireFreeOutput(command, flags.out);
        const result = await runJob(command, (job) => upscalePictures(options, job), {
          closing: finishedLines,
        });
        requireAll(result, 'enlarged');
      },
    );
}
