import { z } from 'zod';
import { badOption, type FnsError, usage } from '../core/errors.js';

/**
 * The first thing that is wrong with options, in one line: `learningRate: a number above 0 is needed, got -1`.
 *
 * @param given the options that were checked
 */
export function optionError(schema: z.ZodObject, { issues }: z.ZodError, given: object): FnsError {
  const issue = issues[0]!;
  if (issue.code === 'unrecognized_keys') return badOption(issue.keys[0]!, 'no such option is known');
  const option = issue.path[0];
  // Rules between options, and texts that no type can describe, come with a message of their own.
  if (issue.code === 'custom')
    return option === undefined ? usage(issue.message) : badOption(String(option), issue.message);
  const field = schema.shape[String(option)] as z.ZodType;
  const value: unknown = Object.entries(given).find(([key]) => key === option)?.[1];
  return badOption(String(option), `${needed(field)} is needed, got ${shown(value)}`);
}

/** The values that an option takes, in words: `a whole number from 1 on`. */
export function needed(field: z.ZodType): string {
  const { type, ...rest } = z.toJSONSchema(field, { io: 'input' });
  const choices = rest.const === undefined ? rest.enum : [rest.const];
  if (choices) return choices.length === 1 ? `${choices[0]}` : `one of ${choices.join(', ')}`;
  if (type === 'array') return rest.minItems === undefined ? 'a list' : 'a list that is not empty';
  if (type !== 'number' && type !== 'integer') {
    return rest.minLength === undefined ? 'a text' : 'a text that is not empty';
  }
  const { minimum, exclusiveMinimum, maximum, multipleOf } = rest;
  const kind =
    multipleOf !== undefined
      ? `a multiple of ${multipleOf}`
      : type === 'integer'
        ? 'a whole number'
        : 'a number';
  const from = isBound(exclusiveMinimum)
    ? ` above ${exclusiveMinimum}`
    : isBound(minimum)
      ? ` from ${minimum}`
      : '';
  if (isBound(maximum)) return `${kind}${from} to ${maximum}`;
  return `${kind}${from}${from.startsWith(' from') ? ' on' : ''}`;
}

/** Tells whether a bound is meant: whole numbers also end where they are no longer exact. */
function isBound(bound: unknown): bound is number {
  return typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
}

/** A value as it stands in an error. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
