import { Command } from 'commander';
import { evaluateFlickerCommand } from './evaluate-flicker.js';
import { evaluateObjectiveCommand } from './evaluate-objective.js';
import { evaluatePicturesCommand } from './evaluate-pictures.js';
import { evaluateSpeedCommand } from './evaluate-speed.js';
import { evaluateSuperresCommand } from './evaluate-superres.js';

/** `fns evaluate`: the paper's tables, and networks against each other. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .summary('measure networks as the paper does, and against each other')
    .description(
      'Measure networks as the paper does, beside its figures, and against other networks of the same painting. Results are tables, JSON and plots.',
    )
    .addCommand(evaluateSuperresCommand())
    .addCommand(evaluateObjectiveCommand())
    .addCommand(evaluateSpeedCommand())
    .addCommand(evaluatePicturesCommand())
    .addCommand(evaluateFlickerCommand());
}
