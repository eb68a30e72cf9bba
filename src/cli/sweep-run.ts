/** The runs of a sweep one after the other, their contact sheet and their numbers. */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { encodeStyle } from '../files/style-file.js';
import { lossLayers } from '../losses/perceptual.js';
import type { StyleSource } from '../losses/style-targets.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { writeFailure, writeFileAtomically } from '../node/media/files.js';
import { listPhotos } from '../node/media/folder.js';
import { encodeImage, type Image } from '../node/media/image.js';
import { openPhotos } from '../node/media/photos.js';
import { contactSheet, type SheetCell } from '../node/media/sheet.js';
import { openSession } from '../node/session.js';
import { loadLossNetwork } from '../node/weights/loss-network-file.js';
import type { Device } from '../runtime/session.js';
import { stylizeWith } from '../stylize/stylize.js';
import { lossWeights, type TrainingConfig, trainingSizes } from '../train/config.js';
import { runTraining, type TrainingProgress } from '../train/loop.js';
import { lossTags } from '../train/loss-tags.js';
import { openStyleTrainer } from '../train/style-trainer.js';
import { TrainingDiverged } from '../train/trainer.js';
import { onInterrupt } from './interrupt.js';
import { duration, type ProgressLine, progressLine } from './progress.js';
import { previewPhoto, readPainting } from './train-files.js';
import { trainFlag } from './train-line.js';
import { styleInfo } from './train-run.js';
import type { PaintingFiles } from './train-settings.js';

/** What a sweep can try several values of, in the order in which they change: the last one's from run to run. */
export const SWEPT = ['styleWeight', 'contentWeight', 'tvWeight', 'styleLayers', 'styleSize'] as const;

/** A training option that a sweep can try several values of. */
export type SweptKey = (typeof SWEPT)[number];

/** A whole sweep: trainings that differ in what is varied only. */
export interface Sweep {
  runs: {
    config: TrainingConfig;
    /** The style file, for `keep`. */
    file: string;
  }[];
  /** What differs between the runs. */
  varied: readonly SweptKey[];
  /** Pictures in a row of the sheet, after a first row of the photo and the painting. Without: all in rows of about as many as there are rows. */
  columns: number | undefined;
  paintings: readonly PaintingFiles[];
  /** The folder. */
  photos: string;
  previewPhoto: string | undefined;
  /** The parameters that each run starts from; random ones of the seed without. */
  init: ReadonlyMap<string, FloatTensor> | undefined;
  /** What the parameters are of, as `--init` takes it. */
  start: string;
  /** What to tell the user once everything could be read. */
  note: string | undefined;
  stepsBefore: number;
  /** The picture and the JSON file to write. */
  sheet: string;
  numbers: string;
  /** The folder of the style files. */
  keep: string | undefined;
  weights: string | undefined;
  device: Device;
  threads: number | undefined;
}

/** What a run gave, as it is written to the JSON file. */
interface RunNumbers {
  settings: Pick<TrainingConfig, SweptKey>;
  steps: number;
  seconds: number;
  /** Means over the last tenth of the steps, by the names of the training log; missing when the run diverged. */
  losses?: Record<string, number>;
  /** What became infinite, and when. */
  diverged?: string;
  /** The style file, when it is kept. */
  file?: string;
}

interface FinishedRun {
  numbers: RunNumbers;
  cell: SheetCell;
}

/**
 * Trains every run and writes the sheet and the numbers after each, so that what is finished is kept. Ctrl-C ends it early.
 *
 * @throws FnsError when something is missing, when no run was finished, or when every run diverged.
 */
export async function executeSweep(sweep: Sweep): Promise<void> {
  const { runs, keep } = sweep;
  const { config } = runs[0]!;
  const line = progressLine();
  const files = await listPhotos(sweep.photos);
  const photo = sweep.previewPhoto ?? files[0]!;
  const side = config.size * 2;
  const preview = await previewPhoto(photo, side);
  const heads = [{ image: preview, caption: [basename(photo)] }, ...(await paintingCells(sweep, side))];
  const lossNetwork = await loadLossNetwork(config, { file: sweep.weights });
  for (const run of runs) lossNetwork.requireLayers(lossLayers(lossWeights(run.config)));
  if (keep !== undefined) {
    await mkdir(keep, { recursive: true }).catch((error: unknown) => {
      throw writeFailure(keep, error);
    });
  }
  if (sweep.note !== undefined) line.note(sweep.note);
  const interruption = onInterrupt(() =>
    line.note('stopping after this step, with the runs that are finished; Ctrl-C again to quit at once'),
  );
  const { signal } = interruption;
  const finished: FinishedRun[] = [];
  const work: SweepWork = {
    sweep,
    files,
    lossNetwork,
    preview,
    signal,
    styles: new Map(),
    skipped: new Set(),
  };
  const begun = Date.now();
  try {
    for (const [i, run] of runs.entries()) {
      line.update(`run ${i + 1}/${runs.length}: building the training graph`);
      const result = await trainOne(work, run, line, (p) => {
        const share = (i + p.progress) / runs.length;
        const left = ((Date.now() - begun) / 1000 / share) * (1 - share);
        line.update(progressText(sweep, i, p, left));
      });
      if (!result) break;
      finished.push(result);
      await writeSheet(sweep, heads, finished);
      if (signal.aborted) break;
    }
    line.update(`${finished.length} of ${runs.length} runs in ${duration((Date.now() - begun) / 1000)}`);
  } finally {
    interruption.end();
    line.end();
  }
  report(sweep, finished);
}

/** What all runs share. */
interface SweepWork {
  sweep: Sweep;
  files: string[];
  lossNetwork: LossNetwork;
  preview: Image;
  signal: AbortSignal;
  /** The painting by its size. */
  styles: Map<number, StyleSource>;
  /** Photos that can not be read, to tell of each once. */
  skipped: Set<string>;
}

/** One run from its beginning to its picture; nothing when it was interrupted before its end. */
async function trainOne(
  { sweep, files, lossNetwork, preview, signal, styles, skipped }: SweepWork,
  { config, file }: Sweep['runs'][number],
  line: ProgressLine,
  onStep: (progress: TrainingProgress) => void,
): Promise<FinishedRun | undefined> {
  const session = { device: sweep.device, threads: sweep.threads ?? availableParallelism() };
  const { styleSize } = config;
  const style = styles.get(styleSize) ?? (await readPainting(sweep.paintings[0]!, styleSize)).style;
  styles.set(styleSize, style);
  const settings = Object.fromEntries(SWEPT.map((key) => [key, config[key]])) as RunNumbers['settings'];
  const caption = captionOf(sweep, config);
  const begun = Date.now();
  const seconds = () => (Date.now() - begun) / 1000;
  const trainer = await openStyleTrainer({
    config,
    style,
    lossNetwork,
    init: sweep.init,
    openSession,
    session,
  });
  const source = openPhotos({
    files,
    size: trainingSizes(config),
    batch: config.batch,
    seed: config.seed,
    crop: config.crop,
    onSkip: (path, reason) => {
      if (!skipped.has(path)) line.note(`skipped ${path}: ${reason}`);
      skipped.add(path);
    },
  });
  const course: Record<string, number>[] = [];
  try {
    const last = await runTraining(trainer, {
      config,
      photos: files.length,
      nextBatch: async () => (await source.next()).pictures,
      onStep(progress) {
        course.push(lossTags(progress.result.losses, config));
        onStep(progress);
      },
      signal,
    });
    if (last!.progress < 1) return undefined;
    const numbers = { settings, steps: trainer.steps, seconds: seconds(), losses: meanOfLastTenth(course) };
    const info = styleInfo({ ...sweep, config }, trainer.steps);
    const bytes = encodeStyle({ info, parameters: await trainer.parameters() });
    const image = await stylizeWith(preview, bytes, { ...session, openSession });
    if (sweep.keep === undefined) return { numbers, cell: { image, caption } };
    await writeFileAtomically(file, bytes);
    return { numbers: { ...numbers, file }, cell: { image, caption } };
  } catch (error) {
    if (!(error instanceof TrainingDiverged)) throw error;
    const diverged = `diverged at step ${error.step}: ${error.where} is not a finite number`;
    line.note(`${caption.join(', ')}: ${diverged}`);
    const { width, height } = preview;
    const grey = { width, height, data: new Uint8Array(preview.data.length).fill(225) };
    return {
      numbers: { settings, steps: error.step, seconds: seconds(), diverged },
      cell: { image: grey, caption: [...caption, `diverged at step ${error.step}`] },
    };
  } finally {
    source.close();
    await trainer.close();
  }
}

/** The mean of each number over the last tenth of the steps, at least one. */
function meanOfLastTenth(course: readonly Record<string, number>[]): Record<string, number> {
  const last = course.slice(-Math.ceil(course.length / 10));
  const mean = (tag: string) => last.reduce((sum, tags) => sum + tags[tag]!, 0) / last.length;
  return Object.fromEntries(Object.keys(last[0]!).map((tag) => [tag, mean(tag)]));
}

/** A setting as it is typed: `style-weight 8`. */
function settingText(key: SweptKey, config: TrainingConfig): string {
  return `${trainFlag(key).slice(2)} ${[config[key]].flat().join(',')}`;
}

/** What sets a run apart from the others. */
function captionOf({ varied }: Sweep, config: TrainingConfig): string[] {
  const keys = varied.length > 0 ? varied : (['styleWeight', 'styleSize'] as const);
  return keys.map((key) => settingText(key, config));
}

/** `run 2/9  style-weight 8, style-size 256  step 40/150  12:34 left  content ...`. */
function progressText(sweep: Sweep, run: number, p: TrainingProgress, secondsLeft: number): string {
  const { config } = sweep.runs[run]!;
  const tags = lossTags(p.result.losses, config);
  const steps = p.totalSteps === undefined ? `${p.step}` : `${p.step}/${p.totalSteps}`;
  const parts = LOSSES.flatMap(([name, tag]) =>
    tags[tag] === undefined ? [] : [`${name} ${tags[tag].toPrecision(3)}`],
  );
  const title = captionOf(sweep, config).join(', ');
  return `run ${run + 1}/${sweep.runs.length}  ${title}  step ${steps}  ${duration(secondsLeft)} left  ${parts.join('  ')}`;
}

/** The losses that are shown, after their weights. */
const LOSSES = [
  ['content', 'weighted_losses/weighted_content_loss'],
  ['style', 'weighted_losses/weighted_style_loss'],
] as const;

/** The paintings, and below the first what all runs have in common. */
async function paintingCells({ paintings, runs, varied, start }: Sweep, side: number): Promise<SheetCell[]> {
  const { images } = paintings[0]!;
  const { config } = runs[0]!;
  const { steps, epochs, minutes, size, sizeTo, batch, lossNetwork } = config;
  const length =
    steps !== undefined ? `${steps} steps` : epochs !== undefined ? `${epochs} epochs` : `${minutes} minutes`;
  const common = [
    `${length} from ${start === 'none' ? 'random numbers' : start}`,
    `batch ${batch}, size ${size}${sizeTo === undefined ? '' : `..${sizeTo}`}, ${lossNetwork}`,
    ...SWEPT.filter((key) => !varied.includes(key)).map((key) => settingText(key, config)),
  ];
  return Promise.all(
    images.map(async ({ path, weight }, i) => ({
      image: await previewPhoto(path, side),
      caption: [
        images.length > 1 ? `${basename(path)} (weight ${weight})` : basename(path),
        ...(i === 0 ? common : []),
      ],
    })),
  );
}

/** Writes the contact sheet and the numbers of the runs so far. */
async function writeSheet(
  sweep: Sweep,
  heads: readonly SheetCell[],
  finished: readonly FinishedRun[],
): Promise<void> {
  const { width, height } = heads[0]!.image;
  const pictures = finished.map(({ cell }) => cell);
  const all = heads.length + sweep.runs.length;
  const columns = sweep.columns ?? (all <= 5 ? all : Math.ceil(Math.sqrt(all)));
  const places = sweep.columns === undefined ? 0 : (columns - (heads.length % columns)) % columns;
  const cells = [...heads, ...Array<undefined>(places).fill(undefined), ...pictures];
  const sheet = await contactSheet(cells, { columns, cellWidth: width, cellHeight: height });
  await encodeImage(sweep.sheet, sheet);
  const { name: _, ...training } = sweep.runs[0]!.config;
  const numbers = {
    sheet: basename(sweep.sheet),
    start: sweep.start,
    photos: sweep.photos,
    previewPhoto: heads[0]!.caption[0],
    paintings: sweep.paintings[0]!.images,
    /** What the runs have in common. */
    training: Object.fromEntries(
      Object.entries(training).filter(([key]) => !SWEPT.includes(key as SweptKey)),
    ),
    runs: finished.map((run) => run.numbers),
    missing: sweep.runs.length - finished.length,
  };
  await writeFileAtomically(sweep.numbers, `${JSON.stringify(numbers, undefined, 2)}\n`);
}

/** Prints the table of the runs, and the sheet's path. */
function report(sweep: Sweep, finished: readonly FinishedRun[]): void {
  const { runs, varied, sheet } = sweep;
  if (finished.length === 0) throw failure('stopped before a run was finished: there is no sheet');
  const keys = varied.length > 0 ? varied : (['styleWeight', 'styleSize'] as const);
  const head = [...keys.map((key) => trainFlag(key).slice(2)), ...LOSSES.map(([name]) => name), 'seconds'];
  const rows = finished.map(({ numbers: { settings, losses, seconds, diverged } }) => [
    ...keys.map((key) => [settings[key]].flat().join(',')),
    ...LOSSES.map(([, tag]) => (diverged === undefined ? (losses![tag]?.toPrecision(4) ?? '0') : 'diverged')),
    seconds.toFixed(1),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  for (const row of [head, ...rows]) {
    console.log(row.map((text, column) => text.padStart(widths[column]!)).join('  '));
  }
  const missing = runs.length - finished.length;
  if (missing > 0) {
    console.error(`stopped: ${missing} of ${runs.length} runs are missing on the sheet`);
  }
  if (finished.every(({ numbers }) => numbers.diverged !== undefined)) {
    throw failure('every run diverged: a smaller --lr or smaller weights help');
  }
  console.log(sheet);
}
