/**
 * Options of training commands, made of the training's own schema: its names, its help, its checks and its defaults.
 */
import { Option } from 'commander';
import type { z } from 'zod';
import { badOption } from '../core/errors.js';
import { needed } from '../train/option-error.js';
import { optionHelp } from '../train/option-help.js';
import { flagOf } from './flag.js';
import { listOption } from './options.js';

/** Other names of options. */
const SHORT: Readonly<Record<string, string>> = {
  learningRate: '--lr, ',
  factor: '-x, ',
  stabilityWeight: '--stability, ',
};

/** How options are made of a schema. */
export interface SchemaOptions {
  /** The defaults of each network, that of the usual one first. */
  defaults: Readonly<Record<string, object>>;
  /** Options that are not wanted. */
  without?: readonly string[];
  /** Options whose default is not the schema's. */
  withoutDefault?: readonly string[];
  /** Other texts than the schema's. */
  texts?: Readonly<Record<string, string>>;
  /** Parsers of options that may be typed in another way. */
  parsers?: Readonly<Record<string, (text: string) => unknown>>;
}

/** The options of a schema that have a help text, in its order. */
export function schemaOptions(
  shape: Readonly<Record<string, z.ZodType>>,
  { defaults, without = [], withoutDefault = [], texts = {}, parsers = {} }: SchemaOptions,
): Option[] {
  return Object.entries(shape).flatMap(([key, field]) => {
    const help = optionHelp.get(field);
    if (!help || without.includes(key)) return [];
    const flag = flagOf(key);
    const made = new Option(
      `${SHORT[key] ?? ''}${flag} <${help.value}>`,
      `${texts[key] ?? help.help}${withoutDefault.includes(key) ? '' : defaultText(key, defaults)}`,
    );
    // What a loss network is, its file says: that is read later.
    if (key === 'lossNetwork' || key === 'lossInput') return [made];
    return [made.argParser(parsers[key] ?? fieldParser(key, field))];
  });
}

/** Reads the text of an option as its schema wants it, and checks it. */
function fieldParser(key: string, field: z.ZodType) {
  return (text: string): unknown => {
    for (const value of candidates(text)) {
      const found = field.safeParse(value);
      if (found.success) return found.data;
    }
    throw badOption(key, `${needed(field)} is needed, got '${text}'`);
  };
}

/** The possible meanings of a text: a number, a list, or itself. */
function candidates(text: string): unknown[] {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return [...(Number.isNaN(number) ? [] : [number]), text, listOption(text)];
}

/** ` (default: 8; source 220, paper 5)`: of the usual network, and of those that differ. */
function defaultText(key: string, defaults: SchemaOptions['defaults']): string {
  const [[, usual] = [], ...others] = Object.entries(defaults).map(
    ([name, values]) => [name, shown((values as Record<string, unknown>)[key])] as const,
  );
  if (key === 'architecture') return ` (default: ${usual})`;
  const different = new Map<string, string[]>();
  for (const [name, value] of others) {
    if (value !== undefined && value !== usual) different.set(value, [...(different.get(value) ?? []), name]);
  }
  const parts = [
    ...(usual === undefined ? [] : [usual]),
    ...(different.size === 0
      ? []
      : [[...different].map(([value, names]) => `${names.join(', ')} ${value}`).join('; ')]),
  ];
  return parts.length === 0 ? '' : ` (default: ${parts.join('; ')})`;
}

/** A default as it is typed, numbers in a few digits. */
function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number') return String(Number(value.toPrecision(3)));
  return Array.isArray(value) ? value.join(',') : String(value);
}
