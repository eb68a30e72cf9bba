import { z } from 'zod';
import { OPTIMIZERS } from '../optimizers/choice.js';
import { optionHelp } from './option-help.js';

/** The options of every training's course: how long it is and how it learns. */
export const courseShape = {
  /** Training steps. Given by exactly one of steps, epochs and minutes. */
  steps: z
    .int()
    .min(1)
    .optional()
    .register(optionHelp, { help: 'length of the training in steps', value: 'n' }),
  /** Passes over all photos. */
  epochs: z
    .number()
    .positive()
    .optional()
    .register(optionHelp, { help: 'in passes over all photos', value: 'n' }),
  /** Minutes of training. */
  minutes: z.number().positive().optional().register(optionHelp, { help: 'in minutes', value: 'n' }),
  /** `adam`, or `muon`: Muon for the convolutions inside, Adam for everything else. */
  optimizer: z.enum(OPTIMIZERS).default('adam').register(optionHelp, {
    help: 'adam, or muon for the convolutions inside the network',
    value: 'name',
  }),
  /** Learning rate of the optimizer, before the schedule. */
  learningRate: z.number().positive().register(optionHelp, { help: 'learning rate', value: 'x' }),
};
