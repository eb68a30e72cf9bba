import { Command } from 'commander';
import {
  PICTURES_DEFAULTS as DEFAULTS,
  type EvaluatePicturesOptions,
  evaluatePictures,
} from '../jobs/evaluate-pictures.js';
import { picturesTable } from '../jobs/pictures-report.js';
import { printColumns } from './columns.js';
import { countOption, deviceOptions, weightsOption, withOptions } from './options.js';
import { globalFlags, runJob } from './run-job.js';

/** `fns evaluate pictures`: networks of one painting against each other. */
export function evaluatePicturesCommand(): Command {
  const command = new Command('pictures')
    .summary('networks of one painting against each other, by their pictures')
    .description(
      'Compare networks of one painting by their pictures of the same photos. Content and style: how far the pictures are from the photo and from the painting, by ' +
        'features of VGG19; the painting is taken at several sizes, and the one that fits a network best counts. Defects: the frame that a network draws at the border of its ' +
        'pictures, patterns that repeat where the photo is smooth, and pixels that are black or white. Less is better. Prints a table; with -o also writes ' +
        'pictures.md, .json, .svg and .png, and a stopped run goes on there.',
    )
    .argument('<style...>', 'shipped styles or .onnx files')
    .requiredOption('--painting <file>', 'the painting that all networks were learned from')
    .requiredOption('--photos <folder>', 'photos that were not used in training, of 256x256 pixels and more')
    .option(
      '--against <network...>',
      'networks to compare with: styles, .onnx files of other programs, or what `fns import` reads',
    )
    .option('--count <n>', 'how many of the photos (default: all)', countOption('--count'))
    .option(
      '--size <pixels>',
      'shorter side of the photos, 256 to 1024; smaller photos are not enlarged',
      countOption('--size'),
      DEFAULTS.size,
    )
    .option('-o, --out <folder>', 'where the results go')
    .option('--save-pictures', 'write the pictures too, as PNG');
  return withOptions(command, [weightsOption(), ...deviceOptions()])
    .addHelpText(
      'after',
      `
Examples:
  fns evaluate pictures wave wave-32 --painting wave.jpg --photos test/
  fns evaluate pictures mine.onnx --painting udnie.jpg --photos test/ --against udnie-9.onnx udnie.ckpt.index -o results/
  fns evaluate pictures scream --painting scream.jpg --photos test/ --size 768 --save-pictures -o results/`,
    )
    .action(async (styles: string[], flags: Omit<EvaluatePicturesOptions, 'styles'>, command: Command) => {
      const result = await runJob(command, (job) => evaluatePictures({ ...flags, styles }, job));
      if (globalFlags(command).json) return;
      const { head, rows } = picturesTable(result);
      printColumns([head, ...rows], 1);
    });
}
