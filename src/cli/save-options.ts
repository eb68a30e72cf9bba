import type { Option } from 'commander';
import { PAIR_INTERVALS } from '../jobs/pair-training.js';
import { everyOption } from './training-options.js';

/** `--save-every` and `--log-every`, of trainings of pairs. */
export function saveOptions(): Option[] {
  return [
    everyOption(
      'save-every',
      'steps between saved files and checkpoints: at most so many are lost',
      PAIR_INTERVALS.saveEvery,
    ),
    everyOption(
      'log-every',
      'steps between lines of the log (TensorBoard and JSON lines in NAME.training); 0: no log',
      PAIR_INTERVALS.logEvery,
    ),
  ];
}
