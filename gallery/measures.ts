/**
 * Measures the shipped styles as `fns evaluate pictures` does and writes measures.json, from which pages.ts makes the
 * gallery's table:
 *   npx tsx gallery/measures.ts --paintings DIR --photos DIR --weights vgg19.safetensors [--only wave,scream]
 * The photos should be none that a style was trained on. `--threads`, `--device`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Device, evaluatePictures, starts } from 'fast-neural-style';
import { withRequired } from '../bench/arguments.js';
import { paintingFiles } from './paintings.js';
import { readRecipes } from './recipes.js';

/** What measures.json holds of a style: means over the photos, as `fns evaluate pictures` prints them. */
export interface StyleMeasures {
  content: number;
  style: number;
  /** The shorter side of the painting that fits best, in pixels. */
  paintingSize: number;
  /** Levels of 255 by the depth in pixels. */
  frame: Record<number, number>;
  pattern: number;
  burnt: number;
}

/** The contents of measures.json. */
export interface Measures {
  /** The shorter side of the photos in pixels. */
  size: number;
  /** How many photos the means are over. */
  photos: number;
  styles: Record<string, StyleMeasures>;
}

const MEASURES = fileURLToPath(new URL('measures.json', import.meta.url));

/** Reads measures.json. */
export async function readMeasures(): Promise<Measures> {
  return JSON.parse(await readFile(MEASURES, 'utf8'));
}

async function measure(): Promise<void> {
  const { values } = parseArgs({
    options: {
      paintings: { type: 'string' },
      photos: { type: 'string' },
      weights: { type: 'string' },
      only: { type: 'string' },
      threads: { type: 'string' },
      device: { type: 'string', default: 'cpu' },
    },
  });
  const { paintings, photos, weights } = withRequired(values, ['paintings', 'photos', 'weights']);
  const session = {
    device: values.device as Device,
    ...(values.threads && { threads: Number(values.threads) }),
  };
  const painted = await paintingFiles(paintings);
  const shipped = await starts.shippedStyles();
  const only = values.only?.split(',');
  const found: Measures = only ? await readMeasures() : { size: 0, photos: 0, styles: {} };
  const { list } = (await readRecipes(fileURLToPath(new URL('recipes.yml', import.meta.url)))).styles;
  for (const { name: own, painting: of } of list) {
    const styles = [own, `${own}-32`].filter(
      (name) => shipped.includes(name) && (!only || only.includes(name)),
    );
    if (styles.length === 0) continue;
    const painting = painted.of(of);
    const result = await evaluatePictures({ styles, painting, photos, weights, ...session });
    if (only && (result.size !== found.size || result.photos.length !== found.photos)) {
      throw new Error(
        `measures.json is of ${found.photos} photos at ${found.size}, these are others: leave --only out`,
      );
    }
    [found.size, found.photos] = [result.size, result.photos.length];
    for (const { name, content, style, paintingSize, frame, pattern, burnt } of result.networks) {
      found.styles[name] = { content, style, paintingSize, frame, pattern, burnt };
      console.log(
        `${name}: content ${content.toFixed(3)}, style ${style.toFixed(3)}, pattern ${pattern.toFixed(1)}`,
      );
    }
  }
  found.styles = Object.fromEntries(Object.entries(found.styles).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(MEASURES, `${JSON.stringify(found, rounded, 2)}\n`);
}

/** Numbers of four digits after the point. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(4)) : value;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await measure();
