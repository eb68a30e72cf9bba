import { Command } from 'commander';
import {
  SPEED_DEFAULTS as DEFAULTS,
  type EvaluateSpeedOptions,
  evaluateSpeed,
} from '../jobs/evaluate-speed.js';
import { EVALUATION_WEIGHTS } from './evaluate-objective.js';
import { countOption, deviceOptions, numberListOption, withOptions } from './options.js';
import { runJob } from './run-job.js';

/** `fns evaluate speed`: table 1 of the paper. */
export function evaluateSpeedCommand(): Command {
  const command = new Command('speed')
    .summary('the time of one forward pass against that of the optimisation (table 1)')
    .description(
      'Seconds of one forward pass and of 100, 300 and 500 iterations of the optimisation of Gatys et al., for the objective that the style was trained for. Some ' +
        'iterations are timed and multiplied (--measured), with one evaluation of the objective each, as in the paper’s baseline. Let nothing else run meanwhile. Writes speed.md, .json, .svg and .png; a stopped run goes on.',
    )
    .argument('<style>', 'a shipped style or an .onnx file')
    .requiredOption('--painting <file>', 'the painting that the style was learned from')
    .requiredOption('--photos <folder>', 'photos; the first is used')
    .requiredOption('-o, --out <folder>', 'where the results go')
    .option('--sizes <list>', 'sides of the squares in pixels', numberListOption('--sizes'), [
      ...DEFAULTS.sizes,
    ])
    .option('--measured <n>', 'iterations that are timed', countOption('--measured'), DEFAULTS.measured)
    .option(...EVALUATION_WEIGHTS);
  return withOptions(command, deviceOptions())
    .addHelpText(
      'after',
      `
Examples:
  fns evaluate speed wave --painting wave.jpg --photos holiday/ -o results/
  fns evaluate speed wave --painting wave.jpg --photos holiday/ --sizes 256 --measured 500 -o results/`,
    )
    .action(async (style: string, flags: Omit<EvaluateSpeedOptions, 'style'>, command: Command) => {
      await runJob(command, (job) => evaluateSpeed({ ...flags, style }, job));
    });
}
