import { z } from 'zod';

/** The help of a training option. */
export interface OptionHelp {
  help: string;
  /** The placeholder of its value: `n`, `pixels`, `list`, `name`, `x`. */
  value: string;
}

/** The name of an option in words: `style-weight` for `styleWeight`. */
export function optionName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The help of every option of a training that a person may set, by its schema: `optionHelp.get(schema.shape.size)`. */
export const optionHelp = z.registry<OptionHelp>();
