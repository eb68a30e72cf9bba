/** Choosing weights by eye: short trainings that differ in a few options, their pictures on one contact sheet. */
import { availableParallelism } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { badOption, failure, usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { kebabCase } from '../core/kebab-case.js';
import { encodeStyle } from '../files/style-file.js';
import { lossLayers } from '../losses/perceptual.js';
import type { StyleSource } from '../losses/style-targets.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { makeFolder, requireFolderFor, writeFileAtomically } from '../node/media/files.js';
import { listPhotos } from '../node/media/folder.js';
import { requireWritableExtension } from '../node/media/image.js';
import { openPhotos } from '../node/media/photos.js';
import { openSession } from '../node/session.js';
import { stylize } from '../node/styles.js';
import { loadLossNetwork } from '../node/weights/loss-network-file.js';
import { lossWeights, type TrainingConfig, trainingSizes } from '../train/config.js';
import { runTraining } from '../train/loop.js';
import { lossTags } from '../train/loss-tags.js';
import { openStyleTrainer } from '../train/style-trainer.js';
import { TrainingDiverged } from '../train/trainer.js';
import { type JobOptions, type Reporter, reporter, stopwatch } from './job.js';
import { weightedLosses } from './loss-values.js';
import { requireNoOverwrite } from './no-overwrite.js';
import { styleInfo } from './style-run.js';
import { captionOf, headCells, SWEPT, type SweptKey, writeSheet } from './sweep-sheet.js';
import { previewPhoto, readPainting } from './training-files.js';
import { planTraining, type StylePlan, type StyleTrainingOptions } from './training-plan.js';
import { startNote } from './training-start.js';

/** Options of `sweep`. The options of a training hold for all runs. */
export interface SweepOptions extends Omit<StyleTrainingOptions, SweptKey | 'name'> {
  /**
   * The values to try: every combination of them, the last list's changing fastest. Runs are named after what varies.
   */
  vary: Partial<{ [K in SweptKey]: TrainingConfig[K][] }>;
  /** The contact sheet to write (.jpg, .png, ...); the numbers are written beside it (.json). */
  out: string;
  /** Keeps the style file of each run in this folder. */
  keep?: string;
}

/** The numbers of a run, as they are written to the JSON file. */
export interface SweepRun {
  settings: Pick<TrainingConfig, SweptKey>;
  steps: number;
  seconds: number;
  /** Means over the last tenth of the steps, by the names of the training log; missing when the run diverged. */
  losses?: Record<string, number>;
  /** The loss that became infinite, and the step. */
  diverged?: string;
  /** The style file, when it is kept. */
  file?: string;
}

/** The result of a sweep. */
export interface SweepResult {
  /** The options that differ between the runs. */
  varied: readonly SweptKey[];
  runs: SweepRun[];
  /** Runs that the signal kept from being finished. */
  missing: number;
  seconds: number;
  /** The contact sheet. */
  sheet: string;
}

const MOST_RUNS = 64;
/** The steps of each run, where no length is given. */
export const SWEEP_STEPS = 150;

/**
 * Trains a style several times, each exactly as `trainStyle` would, from the same start and seed on the same photos.
 * The sheet and the numbers are written anew after each run, so that what is finished is kept.
 *
 * @throws FnsError when something is missing or makes no sense, or when no run was finished.
 */
export async function sweep(options: SweepOptions, job: JobOptions = {}): Promise<SweepResult> {
  const { vary, out, keep, ...given } = options;
  const combinations = combine(vary);
  requireWritableExtension(out);
  if ([given.painting].flat().length > 1 && !given.blend) {
    throw usage('a sweep is for one style: give one painting, or blend several');
  }
  const isOpen = given.steps === undefined && given.epochs === undefined && given.minutes === undefined;
  const training = { ...given, ...(isOpen && { steps: SWEEP_STEPS }) };
  const plan = await planTraining(training, 'style', { ownStyle: true });
  const varied = SWEPT.filter((key) => (vary[key]?.length ?? 0) > 1);
  const planned = combinations.map((changes) => {
    const name = fileStem(changes, varied, vary.styleLayers);
    return { config: plan.config({ ...changes, name }), file: join(keep ?? '', `${name}.onnx`) };
  });
  await requireFolderFor(out);
  const numbers = join(dirname(out), `${basename(out, extname(out))}.json`);
  await requireNoOverwrite(
    [out, numbers, ...(keep === undefined ? [] : planned.map(({ file }) => file))],
    [
      ...plan.paintings.flatMap(({ images }) => images.map(({ path }) => ({ path, what: 'a painting' }))),
      { path: options.previewPhoto, what: 'the photo of the preview' },
      { path: options.init, what: 'the start' },
    ],
  );
  const columns = varied.length > 1 ? vary[varied.at(-1)!]!.length : undefined;
  const work = await readWork(plan, planned, options, reporter(job), job.signal);
  const { config } = planned[0]!;
  const note = plan.start && startNote({ ...plan.start, adds: false }, config);
  if (note !== undefined) work.report.note(note);
  const about = { ...plan, runs: planned.map((run) => run.config), varied, columns, out };
  const heads = await headCells(about, work.photo, work.preview);
  const runs: SweepRun[] = [];
  const pictures: { image: Image; caption: string[] }[] = [];
  const watch = stopwatch();
  for (const [i, run] of planned.entries()) {
    const part = `run ${i + 1}/${planned.length}  ${captionOf(varied, run.config).join(', ')}`;
    const result = await trainOne(work, run, varied, (share, step) => {
      const all = (i + share) / planned.length;
      work.report.progress({ share: all, secondsLeft: watch.left(all), part, unit: 'step', ...step });
    });
    if (!result) break;
    runs.push(result.numbers);
    pictures.push(result.cell);
    const missing = planned.length - runs.length;
    await writeSheet(about, numbers, heads, pictures, runs, missing);
    if (job.signal?.aborted) break;
  }
  if (runs.length === 0) throw failure('stopped before a run was finished: there is no sheet');
  return { varied, runs, missing: planned.length - runs.length, seconds: watch.seconds(), sheet: out };
}

/** The parts that all runs share. */
interface SweepWork {
  plan: StylePlan;
  options: Pick<SweepOptions, 'device' | 'threads' | 'keep'>;
  files: string[];
  photo: string;
  preview: Image;
  lossNetwork: LossNetwork;
  report: Reporter;
  signal?: AbortSignal;
  /** The painting by its size. */
  styles: Map<number, StyleSource>;
  /** Photos that cannot be read, to tell of each once. */
  skipped: Set<string>;
}

async function readWork(
  plan: StylePlan,
  planned: readonly { config: TrainingConfig }[],
  options: SweepOptions,
  report: Reporter,
  signal?: AbortSignal,
): Promise<SweepWork> {
  const { config } = planned[0]!;
  const files = await listPhotos(plan.photos);
  const photo = options.previewPhoto ?? files[0]!;
  const preview = await previewPhoto(photo, config.size * 2);
  const lossNetwork = await loadLossNetwork(config, { file: plan.weights });
  for (const run of planned) lossNetwork.requireLayers(lossLayers(lossWeights(run.config)));
  if (options.keep !== undefined) await makeFolder(options.keep);
  const known = { styles: new Map(), skipped: new Set<string>() };
  return { plan, options, files, photo, preview, lossNetwork, report, signal, ...known };
}

/** Trains one run from its beginning to its picture; nothing when it was interrupted before its end. */
async function trainOne(
  work: SweepWork,
  { config, file }: { config: TrainingConfig; file: string },
  varied: readonly SweptKey[],
  onStep: (share: number, step: { done: number; all?: number; values: Record<string, number> }) => void,
): Promise<{ numbers: SweepRun; cell: { image: Image; caption: string[] } } | undefined> {
  const { plan, options, files, lossNetwork, preview, report, signal, styles, skipped } = work;
  const { device = 'auto', threads = availableParallelism(), keep } = options;
  const session = { device, threads };
  const { styleSize, batch, seed, crop } = config;
  const style =
    styles.get(styleSize) ?? (await readPainting(plan.paintings[0]!, styleSize, report.warning)).style;
  styles.set(styleSize, style);
  const settings = Object.fromEntries(SWEPT.map((key) => [key, config[key]])) as SweepRun['settings'];
  const caption = captionOf(varied, config);
  const watch = stopwatch();
  const init = plan.init(config);
  const trainer = await openStyleTrainer({ config, style, lossNetwork, init, openSession, session });
  const source = openPhotos({
    ...{ files, size: trainingSizes(config), batch, seed, crop },
    onSkip: (path, reason) => {
      if (!skipped.has(path)) report.note(`skipped ${path}: ${reason}`);
      skipped.add(path);
    },
  });
  const course: Record<string, number>[] = [];
  try {
    const last = await runTraining(trainer, {
      config,
      photos: files.length,
      nextBatch: async () => (await source.next()).pictures,
      onStep({ progress, step, totalSteps, result }) {
        course.push(lossTags(result.losses, config));
        onStep(progress, { done: step, all: totalSteps, values: weightedLosses(result.losses, config) });
      },
      signal,
    });
    if (last!.progress < 1) return undefined;
    const steps = trainer.steps;
    const numbers = { settings, steps, seconds: watch.seconds(), losses: meanOfLastTenth(course) };
    const { start } = plan;
    const stepsBefore = start && !start.byDefault ? start.style.info.steps : 0;
    const about = { config, paintings: plan.paintings, start: start?.init ?? 'none', stepsBefore };
    const bytes = encodeStyle({ info: styleInfo(about, steps), parameters: await trainer.parameters() });
    const image = await stylize(preview, bytes, session);
    if (keep === undefined) return { numbers, cell: { image, caption } };
    await writeFileAtomically(file, bytes);
    return { numbers: { ...numbers, file }, cell: { image, caption } };
  } catch (error) {
    if (!(error instanceof TrainingDiverged)) throw error;
    const diverged = `diverged at step ${error.step}: ${error.where} is not a finite number`;
    report.warning(`${caption.join(', ')}: ${diverged}`);
    const { width, height } = preview;
    const grey = { width, height, data: new Uint8Array(preview.data.length).fill(225) };
    return {
      numbers: { settings, steps: error.step, seconds: watch.seconds(), diverged },
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
  const mean = (name: string) => last.reduce((sum, values) => sum + values[name]!, 0) / last.length;
  return Object.fromEntries(Object.keys(last[0]!).map((name) => [name, mean(name)]));
}

/**
 * Every combination of the lists' values, the last list's changing fastest.
 *
 * @throws FnsError (usage) when a list names a value twice, or when there are too many.
 */
function combine(lists: SweepOptions['vary']): Partial<TrainingConfig>[] {
  let combinations: Partial<TrainingConfig>[] = [{}];
  let count = 1;
  for (const key of SWEPT) {
    const values = lists[key];
    if (!values) continue;
    const texts = values.map(String);
    const twice = texts.find((text, i) => texts.indexOf(text) < i);
    if (twice !== undefined) throw badOption(key, `the value ${twice} is named twice`);
    count *= values.length;
    if (count <= MOST_RUNS) {
      combinations = combinations.flatMap((c) => values.map((value) => ({ ...c, [key]: value })));
    }
  }
  if (count > MOST_RUNS) {
    throw usage(`these are ${count} combinations, and a sheet holds ${MOST_RUNS}: give fewer values`);
  }
  return combinations;
}

/** The name of a run's style file without its extension: what varies, of lists of layers their number. */
function fileStem(
  given: Partial<TrainingConfig>,
  varied: readonly SweptKey[],
  layers: readonly string[][] | undefined,
): string {
  const parts = varied.map((key) => {
    const value = key === 'styleLayers' ? layers!.indexOf(given.styleLayers!) + 1 : given[key];
    return `${kebabCase(key)}-${value}`;
  });
  return parts.join('_') || 'style';
}
