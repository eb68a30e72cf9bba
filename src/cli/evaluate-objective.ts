import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { usage } from '../core/errors.js';
import type { Device } from '../runtime/session.js';
import { photoName, readEvaluatedStyle, sizesOf, somePhotos } from './evaluate-style.js';
import { evaluationFolder, openResults } from './evaluation-results.js';
import {
  type CurveOptions,
  forwardShares,
  type OptimisationCurve,
  openJudgedPhoto,
  openStyleNetworks,
  optimisationCurve,
} from './objective-measure.js';
import { joined, type PhotoResult, type SizeResult, writeObjectiveReport } from './objective-report.js';
import { numberListOption, numberOption, withDeviceOptions } from './options.js';
import { duration, progressLine } from './progress.js';
import { listDigest } from './train-files.js';

interface ObjectiveFlags {
  painting: string;
  photos: string;
  count: number;
  sizes: number[];
  iterations: number;
  init: string;
  lineSearch: string;
  bounded?: boolean;
  out: string;
  weights?: string;
  seed: number;
  device: Device;
  threads?: number;
}

/** `fns evaluate objective`: figure 5 of the paper. */
export function evaluateObjectiveCommand(): Command {
  const whole = (name: string) => numberOption(name, { above: true, whole: true });
  const command = new Command('objective')
    .summary('the objective of one forward pass against that of the optimisation (figure 5)')
    .description(
      'How many iterations of the optimisation of Gatys et al. one forward pass of a style equals: the objective that the style was trained for, on photos ' +
        'that it has not seen, cropped to squares; of the style file, and of its network alone, which does not continue photos beyond their border. The pixels of ' +
        'the optimisation are free, and its picture is clipped to 0..255 for its objective; --bounded keeps them there all the time, which is a stronger optimisation. ' +
        'Writes objective.md, .json, .svg and .png; a stopped run goes on, and another style of the same painting and objective finds the optimisation done.',
    )
    .argument('<style>', 'a shipped style or an .onnx file')
    .requiredOption('--painting <file>', 'the painting that the style was learned from')
    .requiredOption('--photos <folder>', 'photos that were not used in training')
    .requiredOption('-o, --out <folder>', 'where the results go')
    .option('--count <n>', 'how many of the photos', whole('--count'), 4)
    .option('--sizes <list>', 'sides of the squares in pixels', numberListOption('--sizes'), [256, 512])
    .option('--iterations <n>', 'iterations of the optimisation', whole('--iterations'), 200)
    .option(
      '--init <what>',
      'the optimisation starts from noise, as in the paper, or from the photo',
      'noise',
    )
    .option(
      '--line-search <how>',
      'of the optimisation: none, one evaluation for each iteration as Torch’s optim.lbfgs has it, with which the paper was made; or wolfe, two and more',
      'none',
    )
    .option(
      '--weights <file>',
      'VGG weights (.safetensors or Keras .h5) instead of the installed ones; the .onnx file of another loss network',
    )
    .option('--bounded', 'keep the pixels of the optimisation within 0..255 all the time')
    .option('--seed <n>', 'seed of the noise', numberOption('--seed', { whole: true }), 0);
  return withDeviceOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  fns evaluate objective wave --painting wave.jpg --photos holiday/ -o results/
  fns evaluate objective mine.onnx --painting mine.jpg --photos test/ --sizes 256,512,1024 -o results/`,
    )
    .action(evaluateObjective);
}

async function evaluateObjective(file: string, flags: ObjectiveFlags): Promise<void> {
  const { out, iterations, init, lineSearch, bounded = false, device, threads, seed } = flags;
  if (init !== 'noise' && init !== 'photo') throw usage(`--init is noise or photo, got '${init}'`);
  if (lineSearch !== 'none' && lineSearch !== 'wolfe')
    throw usage(`--line-search is none or wolfe, got '${lineSearch}'`);
  const sizes = sizesOf(flags.sizes);
  const evaluated = await readEvaluatedStyle(file, flags);
  const photos = await somePhotos(flags.photos, flags.count);
  await evaluationFolder(out);
  const how = { iterations, init, lineSearch, bounded, seed } as const;
  // The optimisation depends on the objective and not on the network, so another network of the same painting finds it done.
  const kept = await openResults<OptimisationCurve>(out, 'objective', {
    ...how,
    weights: evaluated.weights,
    styleSize: evaluated.config.styleSize,
    // By what is in it: a picture that was replaced under its name is another painting.
    painting: listDigest([(await readFile(flags.painting)).toString('base64')]),
    photos: resolve(flags.photos),
    lossNetwork: [evaluated.config.lossNetwork, flags.weights],
  });
  const line = progressLine();
  const options: CurveOptions = { ...how, session: { device, threads } };
  const networks = await openStyleNetworks(evaluated, options.session);
  // An iteration costs as many units as it has pixels.
  const all = sizes.reduce((sum, size) => sum + size * size * iterations * photos.length, 0);
  let done = 0;
  let computed = 0;
  const started = Date.now();
  const results: SizeResult[] = [];
  try {
    for (const size of sizes) {
      const found: PhotoResult[] = [];
      for (const path of photos) {
        const part = `${size}/${photoName(path)}`;
        const isNew = !kept.has(part);
        const show = (iteration: number) => {
          const now = done + size * size * iteration;
          const passed = computed + size * size * iteration;
          const left = duration(((Date.now() - started) / 1000 / passed) * (all - now));
          line.update(
            `${String(Math.floor((100 * now) / all)).padStart(3)}%  ${part}  iteration ${iteration}/${iterations}  ${left} left`,
          );
        };
        const photo = await openJudgedPhoto(evaluated, path, size, options.session);
        try {
          const forward = await forwardShares(networks, photo);
          const curve = await kept.part(part, () => optimisationCurve(evaluated, photo, options, show));
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
    line.end();
  }
  await writeObjectiveReport(out, evaluated.name, options, results);
  console.log(join(out, 'objective.md'));
}
