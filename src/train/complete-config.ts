import type { z } from 'zod';
import type { courseShape } from './course-shape.js';
import { optionError } from './option-error.js';

/** The options that give the length of a training; exactly one of them counts. */
export const LENGTHS = ['steps', 'epochs', 'minutes'] as const;

/**
 * How long a training is.
 *
 * @interface
 */
export type LengthOptions = Partial<Pick<z.infer<z.ZodObject<typeof courseShape>>, (typeof LENGTHS)[number]>>;

/**
 * A whole configuration: defaults under what is given, checked. Of steps, epochs and minutes the one given counts.
 *
 * @throws FnsError (usage) naming the first option that makes no sense.
 */
export function completeConfig<Schema extends z.ZodObject>(
  schema: Schema,
  defaults: object,
  given: object,
): z.infer<Schema> {
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const base: Record<string, unknown> = { ...defaults };
  if (LENGTHS.some((key) => key in known)) for (const key of LENGTHS) delete base[key];
  const all = { ...base, ...known };
  const result = schema.safeParse(all);
  if (!result.success) throw optionError(schema, result.error, all);
  return result.data;
}
