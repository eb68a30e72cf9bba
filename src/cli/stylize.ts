import { Command } from 'commander';
import type { StylizePicturesOptions } from '../jobs/stylize-pictures.js';
import { startThreadEarly } from '../node/session-thread.js';
import { COLOURS } from '../stylize/looks.js';
import {
  choice,
  countOption,
  depthOption,
  deviceOptions,
  memoryOption,
  numberOption,
  option,
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
      '-s, --style <style>',
      'a shipped style (`fns styles` lists them) or an .onnx file, FILE:NAME of a file of many paintings; several as STYLE=0.7,STYLE=0.3',
    )
    .option('--strength <x>', '1: the style, 0: the photo, between: between', numberOption('--strength'), 1)
    .option(
      '--stroke-size <x>',
      'strokes so many times as large as the style draws them, 0.5 to 4: for large pictures, or a coarser or finer look',
      numberOption('--stroke-size'),
      1,
    )
    .addOption(
      choice(
        '--colours <whose>',
        "style: the style's; photo: the photo's, with the light and dark of the style; match: the style's, changed so that as a whole they are the photo's",
        COLOURS,
        'style',
      ),
    )
    .option(
      '--mask <file>',
      'a picture, stretched to the photo: the style where it is white, the photo where it is black or transparent',
    )
    .option('--mask-style <style>', 'the style of what the mask leaves, instead of the photo')
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
  const memory = [
    option(
      '--memory <size>',
      'draw pictures that need more in strips (default: a quarter of the machine’s)',
      memoryOption('--memory'),
    ),
    choice(
      '--tiles <how>',
      'how these are drawn: exact, the same as the whole picture; fast, with the statistics of a smaller one; off, whole after all',
      ['exact', 'fast', 'off'],
      'exact',
    ),
  ];
  return withOptions(command, [
    ...memory,
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
