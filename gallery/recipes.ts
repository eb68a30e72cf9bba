/** The recipes of the shipped styles, as recipes.yml holds them. */
import { readFile } from 'node:fs/promises';
import type { training } from 'fast-neural-style';
import { parse } from 'yaml';

type Options = training.TrainingOptions;

/** A longer training of a finished style. */
export interface Polish extends Options {
  /** How much of what it made is taken (0..1, all by default); the rest stays as it was before it. */
  take?: number;
  /** How many trainings "before it" goes back: with 3, before the two that came before it; 1 by default. */
  over?: number;
}

/** One shipped style. */
export interface StyleRecipe extends Options {
  name: string;
  /** The painting's file, without its extension. */
  painting: string;
  styleSize: number;
  /** Pixels by which the file continues a picture on every side, where not those that are usual for the architecture. */
  bleed?: number;
  /** Longer trainings of the finished style, one after the other: a number of steps, or options. */
  polishes?: (number | Polish)[];
  /** Options of the training of the wide version. */
  wide?: Options;
  widePolishes?: (number | Polish)[];
}

/** How rounds of training are ended, and the last steps. */
interface Rounds {
  /** Side of the crops of a round. */
  size: number;
  /** Steps of a round. */
  round: number;
  /** Rounds end when the objective falls by less than this share of itself. */
  until: number;
  mostRounds: number;
  finish: Options;
}

/** Everything that recipes.yml says. */
export interface Recipes {
  losses: Options & { lossNetwork: string };
  many: {
    config: Options;
    leaveOut: string[];
    stages: Options[];
    /** What paintings are called in the file, where not as their files are. */
    names: Record<string, string>;
  };
  start: { styles: string[] };
  styles: Rounds & {
    config: Options & { width: number };
    polish: Options;
    wide: Partial<Rounds>;
    list: StyleRecipe[];
  };
}

/** Reads a file of recipes. */
export async function readRecipes(file: string): Promise<Recipes> {
  return parse(await readFile(file, 'utf8'), { merge: true });
}
