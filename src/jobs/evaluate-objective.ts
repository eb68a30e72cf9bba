/** Figure 5 of the paper: the objective of one forward pass against that of the optimisation. */
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { badOption } from '../core/errors.js';
import { makeFolder } from '../node/media/files.js';
import {
  type EvaluateStyleOptions,
  readEvaluatedStyle,
  requireSizes,
  somePhotos,
} from './evaluated-style.js';
import { openResults } from './evaluation-results.js';
import { type JobOptions, reporter, stopwatch, withDefaults } from './job.js';
import {
  type CurveOptions,
  forwardShares,
  type OptimisationCurve,
  openJudgedPhoto,
  openStyleNetworks,
  optimisationCurve,
} from './objective-measure.js';
import { joined, type PhotoResult, type SizeResult, writeObjectiveReport } from './objective-report.js';
import { listSha256 } from './training-files.js';

/** Options of `evaluateObjective`. */
export interface EvaluateObjectiveOptions extends EvaluateStyleOptions {
  /** How many of the photos. */
  count?: number;
  /** Sides of the squares in pixels. */
  sizes?: readonly number[];
  /** Of the optimisation. */
  iterations?: number;
  /** The optimisation starts from noise, as in the paper, or from the photo. */
  init?: CurveOptions['init'];
  /**
   * `none`: one evaluation for each iteration, as Torch's `optim.lbfgs` has it, with which the paper was made. `wolfe`:
   * two and more.
   */
  lineSearch?: CurveOptions['lineSearch'];
  /** Keeps the pixels of the optimisation within 0..255 all the time. */
  bounded?: boolean;
  /** Of the noise. */
  seed?: number;
}

/** The defaults of `evaluateObjective`. */
export const OBJECTIVE_DEFAULTS = {
  count: 4,
  sizes: [256, 512] as readonly number[],
  iterations: 200,
  init: 'noise',
  lineSearch: 'none',
  bounded: false,
  seed: 0,
} as const;

/**
 * Measures how many iterations of the optimisation of Gatys et al. one forward pass of a style equals: by the objective
 * that the style was trained for, on photos that it has not seen, cropped to squares. Writes objective.md, .json, .svg
 * and .png; a job that was stopped goes on, and another style of the same painting and objective finds the optimisation
 * done.
 *
 * @returns the results by size; those that the signal left time for
 */
export async function evaluateObjective(
  options: EvaluateObjectiveOptions,
  job: JobOptions = {},
): Promise<SizeResult[]> {
  const all = withDefaults(options, OBJECTIVE_DEFAULTS);
  const { out, sizes, iterations, init, lineSearch, bounded, device = 'auto', threads, seed } = all;
  if (!['noise', 'photo'].includes(init)) throw badOption('init', `noise or photo is needed, got '${init}'`);
  if (!['none', 'wolfe'].includes(lineSearch))
    throw badOption('lineSearch', `none or wolfe is needed, got '${lineSearch}'`);
  requireSizes(sizes);
  const photos = await somePhotos(all.photos, all.count);
  const evaluated = await readEvaluatedStyle(all);
  await makeFolder(out);
  const how = { iterations, init, lineSearch, bounded, seed } as const;
  // The optimisation depends on the objective and not on the network, so another network of the same painting finds it
  // done.
  const kept = await openResults<OptimisationCurve>(out, 'objective', {
    ...how,
    weights: evaluated.weights,
    styleSize: evaluated.config.styleSize,
    // By what is in it: a picture that was replaced under its name is another painting.
    painting: await listSha256([(await readFile(all.painting)).toString('base64')]),
    photos: resolve(all.photos),
    lossNetwork: [evaluated.config.lossNetwork, all.weights],
  });
  const report = reporter(job);
  const settings: CurveOptions = { ...how, session: { device, threads } };
  const networks = await openStyleNetworks(evaluated, settings.session);
  // An iteration costs as many units as it has pixels.
  const total = sizes.reduce((sum, size) => sum + size * size * iterations * photos.length, 0);
  let done = 0;
  let computed = 0;
  const watch = stopwatch();
  const results: SizeResult[] = [];
  try {
    for (const size of sizes) {
      const found: PhotoResult[] = [];
      for (const path of photos) {
        if (job.signal?.aborted) return results;
        const part = `${size}/${relative(resolve(all.photos), path)}`;
        const isNew = !kept.has(part);
        const show = (iteration: number) => {
          const now = done + size * size * iteration;
          const passed = computed + size * size * iteration;
          const secondsLeft = (watch.seconds() / passed) * (total - now);
          report.progress({
            share: now / total,
            secondsLeft,
            part,
            unit: 'iteration',
            done: iteration,
            all: iterations,
          });
        };
        const photo = await openJudgedPhoto(evaluated, path, size, settings.session);
        try {
          const forward = await forwardShares(networks, photo);
          const curve = await kept.part(part, () => optimisationCurve(evaluated, photo, settings, show));
          found.push({ forward, curve });
        } finally {
          await photo.close();
        }
        done += size * size * iterations;
        if (isNew) computed += size * size * iterations;
      }
      results.push(joined(size, found));
    }
  } finally {
    await networks.close();
  }
  await writeObjectiveReport(out, evaluated.name, settings, results);
  report.file(join(out, 'objective.md'));
  return results;
}
