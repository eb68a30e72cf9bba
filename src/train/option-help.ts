import { z } from 'zod';

/** The help of a training option. */
export interface OptionHelp {
  help: string;
  /** The placeholder of its value: `n`, `pixels`, `list`, `name`, `x`. */
  value: string;
}

/** The help of every option of a training that a person may set, by its schema: `optionHelp.get(schema.shape.size)`. */
export const optionHelp = z.registry<OptionHelp>();
