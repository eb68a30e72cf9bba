import { Command } from 'commander';
import { evaluateObjectiveCommand } from './evaluate-objective.js';
import { evaluateSpeedCommand } from './evaluate-speed.js';
import { evaluateSuperresCommand } from './evaluate-superres.js';

/** `fns evaluate`: the paper's tables. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .summary('measure networks as the paper does, beside its figures')
    .description(
      'Measure networks as the paper does, beside its figures. Results are tables, JSON and plots.',
    )
    .addCommand(evaluateSuperresCommand())
    .addCommand(evaluateObjectiveCommand())
    .addCommand(evaluateSpeedCommand());
}
