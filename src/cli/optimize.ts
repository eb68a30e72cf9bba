import { Command } from 'commander';
import {
  OPTIMIZE_DEFAULTS as DEFAULTS,
  type OptimizePictureOptions,
  optimizePicture,
} from '../jobs/optimize-picture.js';
import { NORMALISATIONS } from '../losses/normalisation.js';
import {
  choice,
  countOption,
  deviceOptions,
  listOption,
  lossNetworkOptions,
  numberOption,
  option,
  qualityOption,
  seedOption,
  weightsOption,
  withOptions,
} from './options.js';
import { duration } from './progress.js';
import { runJob } from './run-job.js';

/** `fns optimize`: the optimisation-based baseline. */
export function optimizeCommand(): Command {
  const count = (name: string, what: string, byDefault?: number) =>
    option(`--${name}`, what, countOption(`--${name.split(' ')[0]}`), byDefault);
  const weight = (name: string, what: string, byDefault: number) =>
    option(`--${name} <x>`, what, numberOption(`--${name}`), byDefault);
  const command = new Command('optimize')
    .summary('make one picture by optimising its pixels (Gatys et al.)')
    .description(
      'Style transfer without a trained network: the pixels of one picture are optimised for the content of the photo and the style of the paintings ' +
        '(Gatys et al. 2016). Slower than a trained style by a factor of hundreds, and the measure of all styles. Ctrl-C writes the picture as it is.',
    )
    .argument('<photo>', 'the photo')
    .requiredOption('-s, --style <painting...>', 'the painting; several with weights: a.jpg=0.7 b.jpg=0.3')
    .requiredOption('-o, --out <file>', 'the picture to write');
  return withOptions(command, [
    count('size <pixels>', 'longer side of the result; never larger than the photo', DEFAULTS.size),
    count(
      'style-size <pixels>',
      'shorter side of the painting (default: as the result); larger gives larger strokes',
    ),
    count('iterations <n>', 'iterations at each size', DEFAULTS.iterations),
    count(
      'scales <n>',
      'sizes to go through from small to large, each half the next: for large pictures 2 or 3',
      DEFAULTS.scales,
    ),
    choice('--init <what>', 'start', ['photo', 'style', 'noise'], DEFAULTS.init),
    choice('--optimizer <name>', 'how it is optimised', ['lbfgs', 'adam'], DEFAULTS.optimizer),
    option(
      '--lr, --learning-rate <x>',
      'step of Adam, in levels of 0..255',
      numberOption('--learning-rate', { above: true }),
      DEFAULTS.learningRate,
    ),
    weight('content-weight', 'weight of the content loss', DEFAULTS.contentWeight),
    weight('style-weight', 'weight of the style loss', DEFAULTS.styleWeight),
    weight('tv-weight', 'weight of the total variation, for smoothness', DEFAULTS.tvWeight),
    option(
      '--content-layers <list>',
      'layers for the content; of an .onnx file names of its tensors',
      listOption,
      DEFAULTS.contentLayers,
    ),
    option(
      '--style-layers <list>',
      'layers for the style, such as relu1_2,relu2_2=0.5',
      listOption,
      DEFAULTS.styleLayers,
    ),
    choice('--normalisation <name>', 'loss formulas', NORMALISATIONS, DEFAULTS.normalisation),
    option('--original-colours', 'keep the colours of the photo: only its light and dark are painted'),
    option('--preview <file>', 'write the picture here while it runs'),
    count('preview-every <n>', 'iterations between previews', DEFAULTS.previewEvery),
    seedOption('the noise'),
    weightsOption(),
    qualityOption(),
    ...lossNetworkOptions(DEFAULTS.lossNetwork),
    ...deviceOptions(),
  ])
    .addHelpText(
      'after',
      `
Examples:
  fns optimize photo.jpg -s painting.jpg -o picture.png
  fns optimize photo.jpg -s painting.jpg --size 1024 --scales 3 --preview now.jpg -o picture.png
  fns optimize photo.jpg -s a.jpg=0.7 b.jpg=0.3 --original-colours -o picture.png`,
    )
    .action(async (photo: string, flags: OptimizePictureOptions & { style: string[] }, command: Command) => {
      const style = flags.style.map(weightedPainting);
      await runJob(command, (job) => optimizePicture({ ...flags, photo, style }, job), {
        stopping: 'stopping after this iteration',
        closing: ({ iterations, seconds, value, stopped }) => [
          `${stopped ? 'stopped after' : 'made in'} ${iterations} iterations in ${duration(seconds)}, objective ${value.toPrecision(5)}`,
        ],
      });
    });
}

/** `a.jpg` or `a.jpg=0.7`. */
function weightedPainting(text: string) {
  const [, file, weight] = /^(.*)=([\d.]+)$/.exec(text) ?? [];
  return file === undefined ? { file: text, weight: 1 } : { file, weight: Number(weight) };
}
