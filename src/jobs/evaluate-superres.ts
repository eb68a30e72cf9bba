/** The paper's table of super-resolution: PSNR, SSIM and the feature loss of networks on test sets. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { resizeBicubic } from '../core/bicubic.js';
import { FnsError, failure, usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { flattenOverWhite } from '../core/image.js';
import { fromPlanes, toPlanes } from '../core/planes.js';
import { cropPicture, withoutBorder } from '../core/rectangles.js';
import { type FeatureDistance, featureDistance } from '../evaluate/feature-distance.js';
import { luma, psnr, ssim } from '../evaluate/picture-metrics.js';
import { decodeUpscaling } from '../files/upscale-file.js';
import { vggNetwork } from '../nets/vgg.js';
import { makeFolder } from '../node/media/files.js';
import { listPhotos } from '../node/media/folder.js';
import { decodeImage, encodeImage, isGreyFile } from '../node/media/image.js';
import { openSession } from '../node/session.js';
import { readUpscalerFile } from '../node/shipped.js';
import { loadVggWeights } from '../node/weights/vgg-weights.js';
import type { Device } from '../runtime/session.js';
import { degraded } from '../train/degrade.js';
import { openUpscaler, type Upscaler } from '../upscale/upscaler.js';
import { openResults } from './evaluation-results.js';
import { type JobOptions, reporter, stopwatch } from './job.js';
import { type Scores, type SetResult, writeSuperresReport } from './superres-report.js';
import { listSha256 } from './training-files.js';

/** Options of `evaluateSuperres`. */
export interface EvaluateSuperresOptions {
  /**
   * Folders of true pictures. `SET_LR4` beside a folder `SET` holds its small pictures; without it they are made by
   * bicubic.
   */
  sets: readonly string[];
  /** Shipped networks or .onnx files. */
  networks?: readonly string[];
  /** The folder for the results. */
  out: string;
  /** Writes the enlarged pictures too. */
  pictures?: boolean;
  /** VGG16 weights (.safetensors or Keras .h5) instead of the installed ones, for the feature loss. */
  weights?: string;
  device?: Device;
  threads?: number;
}

/** The networks that are measured by default. */
export const SUPERRES_NETWORKS: readonly string[] = ['upscale-x4', 'upscale-x4-pixel'];

/**
 * Enlarges test sets and compares with the true pictures: PSNR and SSIM on the Y channel, a border of the factor left
 * out, beside bicubic and the paper's figures; with VGG16 weights also the feature loss at relu2_2. Writes superres.md,
 * .json, .svg and .png; a job that was stopped goes on.
 *
 * @throws FnsError when the networks enlarge by different factors, or a set cannot be read.
 */
export async function evaluateSuperres(
  options: EvaluateSuperresOptions,
  job: JobOptions = {},
): Promise<SetResult[]> {
  const { sets, out, device, threads } = options;
  const session = { device, threads };
  const networks = await readNetworks(options.networks ?? SUPERRES_NETWORKS);
  const { factor } = networks[0]!;
  const vggWeights = await loadVggWeights('vgg16', { file: options.weights }).catch((error: unknown) => {
    const isMissing = error instanceof FnsError && error.code === 'no-weights';
    if (options.weights !== undefined || !isMissing) throw error;
    return undefined;
  });
  const lists = await Promise.all(sets.map(listPhotos));
  await makeFolder(out);
  const report = reporter(job);
  if (!vggWeights) report.note('no VGG16 weights are there: the feature loss is left out');
  const features =
    vggWeights && featureDistance(vggNetwork('vgg16', vggWeights.tensors), openSession, session);
  const upscalers = new Map<string, Upscaler>();
  for (const { name, bytes, label } of networks) {
    upscalers.set(name, await openUpscaler(bytes, label, { openSession, device, threads }));
  }
  const digest = await listSha256(networks.map(({ bytes }) => Buffer.from(bytes).toString('base64')));
  const kept = await openResults<Record<string, Scores>>(out, 'superres', { digest, feature: !!features });
  const total = lists.reduce((sum, files) => sum + files.length, 0);
  const watch = stopwatch();
  let done = 0;
  let computed = 0;
  const results: SetResult[] = [];
  try {
    for (const [i, folder] of sets.entries()) {
      const name = basename(resolve(folder));
      const given = `${resolve(folder)}_LR${factor}`;
      const hasSmall = (await stat(given).catch(() => undefined))?.isDirectory() ?? false;
      const scores: Record<string, Scores>[] = [];
      for (const file of lists[i]!) {
        if (job.signal?.aborted) return results;
        report.progress({
          share: done / total,
          secondsLeft: computed === 0 ? undefined : (watch.seconds() / computed) * (total - done),
          part: `${name}/${basename(file)}`,
        });
        const part = `${name}/${relative(folder, file)}`;
        if (!kept.has(part)) computed++;
        const writeTo = options.pictures ? join(out, name, basename(file).replace(/\.\w+$/, '')) : undefined;
        const compute = async () =>
          scoresOf(await testPicture(file, hasSmall ? given : undefined, factor), {
            ...{ factor, upscalers, features, writeTo },
          });
        scores.push(await kept.part(part, compute));
        done++;
      }
      results.push({
        set: name,
        pictures: scores.length,
        small: hasSmall ? 'given' : 'bicubic',
        methods: meansOf(scores),
      });
    }
  } finally {
    await features?.close();
    for (const upscaler of upscalers.values()) await upscaler.close();
  }
  await writeSuperresReport(out, factor, results);
  report.file(join(out, 'superres.md'));
  return results;
}

/** Reads networks of one factor. */
async function readNetworks(names: readonly string[]) {
  const networks = await Promise.all(
    names.map(async (file) => {
      const { bytes, label } = await readUpscalerFile(file);
      const { factor } = decodeUpscaling(bytes, label).info;
      return { name: basename(file, '.onnx'), bytes, label, factor };
    }),
  );
  const [first] = networks;
  if (!first) throw usage('a network to evaluate is needed');
  const other = networks.find(({ factor }) => factor !== first.factor);
  if (other) {
    throw usage(
      `${first.label} enlarges by ${first.factor}, ${other.label} by ${other.factor}: evaluate them apart`,
    );
  }
  return networks;
}

/** A true picture and its small version. */
interface TestPicture {
  large: Image;
  small: Image;
  isGrey: boolean;
}

async function testPicture(file: string, folder: string | undefined, factor: number): Promise<TestPicture> {
  const whole = flattenOverWhite(await decodeImage(file));
  const isGrey = await isGreyFile(file);
  const width = whole.width - (whole.width % factor);
  const height = whole.height - (whole.height % factor);
  const large = cropPicture(whole, { left: 0, top: 0, width, height });
  if (folder === undefined) {
    return { large, small: fromPlanes(degraded(toPlanes(large), factor, 'bicubic')), isGrey };
  }
  const small = flattenOverWhite(await decodeImage(join(folder, basename(file))));
  if (small.width * factor !== width || small.height * factor !== height) {
    throw failure(
      `${join(folder, basename(file))} is ${small.width}x${small.height}, for ${basename(dirname(file))}/${basename(file)} it must be ` +
        `${width / factor}x${height / factor}`,
    );
  }
  return { large, small, isGrey };
}

/** The scores of every method on one picture. */
async function scoresOf(
  { large, small, isGrey }: TestPicture,
  {
    factor,
    upscalers,
    features,
    writeTo,
  }: {
    factor: number;
    upscalers: ReadonlyMap<string, Upscaler>;
    features: FeatureDistance | undefined;
    writeTo: string | undefined;
  },
): Promise<Record<string, Scores>> {
  const { width, height } = large;
  const bicubic = resizeBicubic(toPlanes(small), width, height);
  const pictures = new Map([['bicubic', fromPlanes(bicubic)]]);
  for (const [name, upscaler] of upscalers) pictures.set(name, await upscaler.upscale(small));
  const wanted = withoutBorder(luma(large, isGrey), factor);
  const scores: Record<string, Scores> = {};
  for (const [name, picture] of pictures) {
    const own = withoutBorder(luma(picture, isGrey), factor);
    scores[name] = {
      psnr: psnr(own, wanted),
      ssim: ssim(own, wanted),
      ...(features && {
        feature: await features.of(toPlanes(picture).data, toPlanes(large).data, width, height),
      }),
    };
    if (writeTo) {
      await makeFolder(dirname(writeTo));
      await encodeImage(`${writeTo}.${name}.png`, picture);
    }
  }
  return scores;
}

function meansOf(scores: readonly Record<string, Scores>[]): Record<string, Scores> {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return Object.fromEntries(
    Object.keys(scores[0]!).map((method) => {
      const of = (key: keyof Scores) => scores.map((s) => s[method]![key]).filter((v) => v !== undefined);
      const feature = of('feature');
      return [
        method,
        {
          psnr: mean(of('psnr')),
          ssim: mean(of('ssim')),
          ...(feature.length > 0 && { feature: mean(feature) }),
        },
      ];
    }),
  );
}
