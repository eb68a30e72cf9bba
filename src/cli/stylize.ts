import { Command } from 'commander';
import type { StylizePicturesOptions } from '../jobs/stylize-pictures.js';
import { startThreadEarly } from '../node/session-thread.js';
import { lookOptions, memoryOptions } from './look-options.js';
import {
  countOption,
  depthOption,
  deviceOptions,
  pictureOptions,
  pixelFormatOptions,
  withOptions,
} from './options.js';
import { finishedLines, requireAll, requireFreeOutput } from './picture-results.js';
import { runJob } from './run-job.js';

/** `fns stylize`: applies a style to photos. */
export function stylizeCommand(): Command {
  const command = new Command('stylize')
    .summary('apply a style to photos')
    .description(
      'Apply a style to photos. The result has exactly the size of the photo; transparency is kept (not in JPEG).',
    )
    .argument(
      '<photo...>',
      'photos, folders of photos (with the folders inside them) and patterns; - alone is standard input',
    )
    .requiredOption(
      '-o, --out <file or folder>',
      'the picture to write; a folder for several photos, in which their folders are made too; - is standard output',
    )
    .option(
      '--size <pixels>',
      'shrink or enlarge the photos first, so that the longer side has this size',
      countOption('--size'),
    )
    .option(
      '--max-side <pixels>',
      'shrink larger photos first, so that the longer side has this size',
      countOption('--max-side'),
    );
  return withOptions(command, [
    ...lookOptions('photo'),
    ...memoryOptions(),
    ...pictureOptions(),
    depthOption(),
    ...pixelFormatOptions(),
    ...deviceOptions(),
  ])
    .addHelpText(
      'after',
      `
Examples:
  fns stylize photo.jpg -s wave -o wave.jpg
  fns stylize holiday/*.jpg -s starry -o out/
  fns stylize photos/ -s starry -o out/               again: only what is missing or changed
  fns stylize 'photos/**/*.jpg' -s starry -o out/ --force
  fns stylize photo.jpg -s many.onnx:wave=0.6,starry=0.4 --strength 0.7 -o both.jpg
  fns stylize poster.jpg -s wave --stroke-size 2 -o poster-wave.jpg
  fns stylize panorama.tif -s starry --memory 2GB -o panorama-starry.png
  fns stylize photo.jpg -s wave=0.7,starry=0.3 --colours photo -o mine.jpg
  fns stylize photo.jpg -s wave --mask face.png --mask-style starry -o two.jpg
  fns stylize dance.gif -s wave -o dance.webp         every frame, with its timing
  fns stylize scan.tif -s wave -o scan-wave.tif --depth 16 --keep-profile --keep-metadata
  curl -s https://example.org/a.jpg | fns stylize - -s wave -o - --format png > a.png
  fns stylize holiday/ -s mine.onnx -o out/ --format png --max-side 2000`,
    )
    .action(async (photos: string[], flags: StylizePicturesOptions, command: Command) => {
      requireFreeOutput(command, flags.out);
      // The thread and the rest of the program load side by side.
      startThreadEarly();
      const { stylizePictures } = await import('../jobs/stylize-pictures.js');
      const result = await runJob(command, (job) => stylizePictures({ ...flags, photos }, job), {
        closing: finishedLines,
      });
      requireAll(result, 'stylised');
    });
}
