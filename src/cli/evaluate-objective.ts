import { Command } from 'commander';
import {
  OBJECTIVE_DEFAULTS as DEFAULTS,
  type EvaluateObjectiveOptions,
  evaluateObjective,
} from '../jobs/evaluate-objective.js';
import {
  choice,
  countOption,
  deviceOptions,
  numberListOption,
  option,
  seedOption,
  withOptions,
} from './options.js';
import { runJob } from './run-job.js';

/** `--weights` of evaluations of a style. */
export const EVALUATION_WEIGHTS = [
  '--weights <file>',
  'VGG weights (.safetensors or Keras .h5) instead of the installed ones; the .onnx file of another loss network',
] as const;

/** `fns evaluate objective`: figure 5 of the paper. */
export function evaluateObjectiveCommand(): Command {
  const command = new Command('objective')
    .summary('the objective of one forward pass against that of the optimisation (figure 5)')
    .description(
      'How many iterations of the optimisation of Gatys et al. one forward pass of a style equals: the objective that the style was trained for, on photos ' +
        'that it has not seen, cropped to squares; of the style file, and of its network alone, which does not continue photos beyond their border. The pixels of ' +
        'the optimisation are free, and its picture is clipped to 0..255 for its objective; --bounded keeps them there all the time, which is a stronger optimisation. ' +
        'Writes objective.md, .json, .svg and .png; a stopped run goes on, and another style of the same painting and objective finds the optimisation done.',
    )
    .argument('<style>', 'a shipped style or an .onnx file')
    .requiredOption('--painting <file>', 'the painting that the style was learned from')
    .requiredOption('--photos <folder>', 'photos that were not used in training (searched recursively)')
    .requiredOption('-o, --out <folder>', 'where the results go')
    .option('--count <n>', 'how many of the photos', countOption('--count'), DEFAULTS.count)
    .option('--sizes <list>', 'sides of the squares in pixels', numberListOption('--sizes'), [
      ...DEFAULTS.sizes,
    ])
    .option(
      '--iterations <n>',
      'iterations of the optimisation',
      countOption('--iterations'),
      DEFAULTS.iterations,
    );
  return withOptions(command, [
    choice(
      '--init <what>',
      'the optimisation starts from noise, as in the paper, or from the photo',
      ['noise', 'photo'],
      DEFAULTS.init,
    ),
    choice(
      '--line-search <how>',
      'of the optimisation: none, one evaluation for each iteration as Torch’s optim.lbfgs has it, with which the paper was made; or wolfe, two and more',
      ['none', 'wolfe'],
      DEFAULTS.lineSearch,
    ),
    option(...EVALUATION_WEIGHTS),
    option('--bounded', 'keep the pixels of the optimisation within 0..255 all the time'),
    seedOption('the noise'),
    ...deviceOptions(),
  ])
    .addHelpText(
      'after',
      `
Examples:
  fns evaluate objective wave --painting wave.jpg --photos holiday/ -o results/
  fns evaluate objective mine.onnx --painting mine.jpg --photos test/ --sizes 256,512,1024 -o results/`,
    )
    .action(async (style: string, flags: Omit<EvaluateObjectiveOptions, 'style'>, command: Command) => {
      await runJob(command, (job) => evaluateObjective({ ...flags, style }, job));
    });
}
