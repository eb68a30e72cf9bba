/** The contact sheet of a sweep and its numbers. */
import { basename } from 'node:path';
import type { Image } from '../core/image.js';
import { kebabCase } from '../core/kebab-case.js';
import { writeFileAtomically } from '../node/media/files.js';
import { encodeImage } from '../node/media/image.js';
import { contactSheet, type SheetCell } from '../node/media/sheet.js';
import type { TrainingConfig } from '../train/config.js';
import { previewPhoto } from './training-files.js';
import type { StylePlan } from './training-plan.js';

/**
 * The options that a sweep can try several values of, in the order in which they change: the last one's from run to
 * run.
 */
export const SWEPT = ['styleWeight', 'contentWeight', 'tvWeight', 'styleLayers', 'styleSize'] as const;

/** An option that a sweep can try several values of. */
export type SweptKey = (typeof SWEPT)[number];

/** A sweep as its sheet shows it. */
export interface SweepAbout extends Pick<StylePlan, 'paintings' | 'photos' | 'start'> {
  runs: readonly TrainingConfig[];
  /** The options that differ between the runs. */
  varied: readonly SweptKey[];
  /**
   * Pictures in a row, after a first row of the photo and the painting. Without: all in rows of about as many as there
   * are rows.
   */
  columns: number | undefined;
  /** The sheet. */
  out: string;
}

/** A setting in words: `style-weight 8`. */
function settingText(key: SweptKey, config: TrainingConfig): string {
  return `${kebabCase(key)} ${[config[key]].flat().join(',')}`;
}

/** The settings that set a run apart from the others. */
export function captionOf(varied: readonly SweptKey[], config: TrainingConfig): string[] {
  const keys = varied.length > 0 ? varied : (['styleWeight', 'styleSize'] as const);
  return keys.map((key) => settingText(key, config));
}

/** The first cells of a sheet: the photo, and the paintings with what all runs have in common below the first. */
export async function headCells(
  { paintings, runs, varied, start }: SweepAbout,
  photo: string,
  preview: Image,
): Promise<SheetCell[]> {
  const { images } = paintings[0]!;
  const config = runs[0]!;
  const { steps, epochs, minutes, size, sizeTo, batch, lossNetwork } = config;
  const length =
    steps !== undefined ? `${steps} steps` : epochs !== undefined ? `${epochs} epochs` : `${minutes} minutes`;
  const common = [
    `${length} from ${start === undefined ? 'random numbers' : start.init}`,
    `batch ${batch}, size ${size}${sizeTo === undefined ? '' : `..${sizeTo}`}, ${lossNetwork}`,
    ...SWEPT.filter((key) => !varied.includes(key)).map((key) => settingText(key, config)),
  ];
  const pictures = images.map(async ({ path, weight }, i) => ({
    image: await previewPhoto(path, config.size * 2),
    caption: [
      images.length > 1 ? `${basename(path)} (weight ${weight})` : basename(path),
      ...(i === 0 ? common : []),
    ],
  }));
  return [{ image: preview, caption: [basename(photo)] }, ...(await Promise.all(pictures))];
}

/** Writes the contact sheet and the numbers of the runs so far. */
export async function writeSheet(
  about: SweepAbout,
  numbersFile: string,
  heads: readonly SheetCell[],
  pictures: readonly SheetCell[],
  runs: readonly object[],
  missing: number,
): Promise<void> {
  const { width, height } = heads[0]!.image;
  const all = heads.length + about.runs.length;
  const columns = about.columns ?? (all <= 5 ? all : Math.ceil(Math.sqrt(all)));
  const places = about.columns === undefined ? 0 : (columns - (heads.length % columns)) % columns;
  const cells = [...heads, ...Array<undefined>(places).fill(undefined), ...pictures];
  await encodeImage(about.out, await contactSheet(cells, { columns, cellWidth: width, cellHeight: height }));
  const { name: _, ...training } = about.runs[0]!;
  const numbers = {
    sheet: basename(about.out),
    start: about.start?.init ?? 'none',
    photos: about.photos,
    previewPhoto: heads[0]!.caption[0],
    paintings: about.paintings[0]!.images,
    /** The options that the runs have in common. */
    training: Object.fromEntries(
      Object.entries(training).filter(([key]) => !SWEPT.includes(key as SweptKey)),
    ),
    runs,
    missing,
  };
  await writeFileAtomically(numbersFile, `${JSON.stringify(numbers, undefined, 2)}\n`);
}
