import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { resizeBicubic } from '../core/bicubic.js';
import { failure, usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { fromPlanes, toPlanes, withoutBorder } from '../core/planes.js';
import { featureDistance } from '../evaluate/feature-distance.js';
import { luma, psnr, ssim } from '../evaluate/picture-metrics.js';
import { PUBLISHED_X4, type PublishedMethod } from '../evaluate/published.js';
import { decodeUpscaling } from '../files/upscale-file.js';
import { vggNetwork } from '../nets/vgg.js';
import type { Chart } from '../node/media/chart.js';
import { writeFileAtomically } from '../node/media/files.js';
import { listPhotos } from '../node/media/folder.js';
import { decodeImage, encodeImage, flattenOverWhite, isGreyFile } from '../node/media/image.js';
import { openSession } from '../node/session.js';
import { readUpscalerFile } from '../node/shipped.js';
import { loadVggWeights } from '../node/weights/vgg-weights.js';
import type { Device } from '../runtime/session.js';
import { degraded } from '../train/degrade.js';
import { openUpscaler, type Upscaler } from '../upscale/upscaler.js';
import { evaluationFolder, markdownTable, openResults } from './evaluation-results.js';
import { withDeviceOptions } from './options.js';
import { duration, progressLine } from './progress.js';
import { listDigest } from './train-files.js';

interface SuperresFlags {
  network: string[];
  out: string;
  weights?: string;
  pictures: boolean;
  device: Device;
  threads?: number;
}

/** What is measured of one enlarged picture. */
interface Scores {
  /** dB, on luma without a border of the factor. */
  psnr: number;
  ssim: number;
  /** Feature reconstruction loss at relu2_2 of VGG16, where the weights are there. */
  feature?: number;
}

/** The means of a set by method. */
interface SetResult {
  set: string;
  pictures: number;
  /** `given`: the set's own small pictures; `bicubic`: made here. */
  small: 'given' | 'bicubic';
  methods: Record<string, Scores>;
}

/** `fns evaluate superres`: the paper's table of super-resolution. */
export function evaluateSuperresCommand(): Command {
  const command = new Command('superres')
    .summary('PSNR and SSIM of super-resolution networks on test sets')
    .description(
      'Enlarge test sets and compare with the true pictures: PSNR and SSIM on the Y channel, a border of the factor left out, beside bicubic and the ' +
        'paper’s figures. SET_LR4 beside a folder SET holds its small pictures; without it they are made by bicubic. With VGG16 weights also the feature ' +
        'loss at relu2_2. Writes superres.md, .json, .svg and .png; a stopped run goes on.',
    )
    .argument('<set...>', 'folders of pictures, such as Set5 and Set14')
    .option('-n, --network <name...>', 'shipped networks or .onnx files of fns train-upscale', [
      'upscale-x4',
      'upscale-x4-pixel',
    ])
    .requiredOption('-o, --out <folder>', 'where the results go')
    .option('--pictures', 'write the enlarged pictures too', false)
    .option('--weights <file>', 'VGG16 weights (.safetensors or Keras .h5) instead of the installed ones');
  return withDeviceOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  fns evaluate superres Set5 Set14 BSD100 -o results/
  fns evaluate superres Set5 -n mine.onnx -o results/ --pictures`,
    )
    .action(evaluateSuperres);
}

/** A true picture and its small version. */
interface TestPicture {
  large: Image;
  small: Image;
  isGrey: boolean;
}

async function evaluateSuperres(sets: string[], flags: SuperresFlags): Promise<void> {
  const { device, threads, out } = flags;
  const session = { device, threads };
  const networks = await Promise.all(
    flags.network.map(async (name) => {
      const { bytes, label } = await readUpscalerFile(name);
      return {
        name: basename(name, '.onnx'),
        bytes,
        label,
        factor: decodeUpscaling(bytes, label).info.factor,
      };
    }),
  );
  const [first] = networks;
  const other = networks.find(({ factor }) => factor !== first!.factor);
  if (other) {
    throw usage(
      `${first!.label} enlarges by ${first!.factor}, ${other.label} by ${other.factor}: evaluate them apart`,
    );
  }
  const factor = first!.factor;
  const vggWeights = await loadVggWeights('vgg16', { file: flags.weights }).catch((error: Error) => {
    if (flags.weights !== undefined) throw error;
    return undefined;
  });
  const lists = await Promise.all(sets.map(listPhotos));
  await evaluationFolder(out);
  const line = progressLine();
  if (!vggWeights) line.note('no VGG16 weights (fns weights vgg16): the feature loss is left out');
  const features =
    vggWeights && featureDistance(vggNetwork('vgg16', vggWeights.tensors), openSession, session);
  const upscalers = new Map<string, Upscaler>();
  for (const { name, bytes, label } of networks) {
    upscalers.set(name, await openUpscaler(bytes, label, { openSession, device, threads }));
  }
  const digest = listDigest(networks.map(({ bytes }) => Buffer.from(bytes).toString('base64')));
  const kept = await openResults<Record<string, Scores>>(out, 'superres', { digest, feature: !!features });
  const total = lists.reduce((sum, files) => sum + files.length, 0);
  const started = Date.now();
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
        const left =
          computed === 0
            ? ''
            : `  ${duration(((Date.now() - started) / 1000 / computed) * (total - done))} left`;
        line.update(
          `${String(Math.floor((100 * done) / total)).padStart(3)}%  ${name}/${basename(file)}${left}`,
        );
        const part = `${name}/${relative(folder, file)}`;
        const folderOfPictures = flags.pictures ? join(out, name) : undefined;
        if (!kept.has(part)) computed++;
        scores.push(
          await kept.part(part, async () =>
            scoresOf(await testPicture(file, hasSmall ? given : undefined, factor), {
              factor,
              upscalers,
              features,
              writeTo: folderOfPictures && join(folderOfPictures, basename(file).replace(/\.\w+$/, '')),
            }),
          ),
        );
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
    line.end();
  }
  await write(out, factor, results);
  console.log(join(out, 'superres.md'));
}

async function testPicture(file: string, folder: string | undefined, factor: number): Promise<TestPicture> {
  const whole = flattenOverWhite(await decodeImage(file));
  const isGrey = await isGreyFile(file);
  const width = whole.width - (whole.width % factor);
  const height = whole.height - (whole.height % factor);
  const large = topLeft(whole, width, height);
  if (folder === undefined) {
    const { data } = degraded({ width, height, data: toPlanes(large).data }, factor, 'bicubic');
    return { large, small: fromPlanes({ width: width / factor, height: height / factor, data }), isGrey };
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

function topLeft(image: Image, width: number, height: number): Image {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    data.set(image.data.subarray(3 * y * image.width, 3 * (y * image.width + width)), 3 * y * width);
  }
  return { width, height, data };
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
    features: ReturnType<typeof featureDistance> | undefined;
    writeTo: string | undefined;
  },
): Promise<Record<string, Scores>> {
  const { width, height } = large;
  const bicubic = resizeBicubic({ ...small, data: toPlanes(small).data }, width, height);
  const pictures = new Map([['bicubic', fromPlanes({ width, height, data: bicubic.data })]]);
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
      await evaluationFolder(dirname(writeTo));
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

/** The paper's columns of a set, for its factor. */
function publishedOf(set: string, factor: number) {
  return factor === 4 ? (Object.entries(PUBLISHED_X4[set] ?? {}) as [PublishedMethod, Scores][]) : [];
}

async function write(out: string, factor: number, results: readonly SetResult[]): Promise<void> {
  const rows: string[][] = [];
  for (const { set, methods } of results) {
    const base = methods.bicubic!.feature;
    for (const [method, { psnr, ssim, feature }] of Object.entries(methods)) {
      const share = feature === undefined ? '' : (feature / base!).toFixed(3);
      rows.push([set, method, psnr.toFixed(2), ssim.toFixed(4), share]);
    }
    for (const [method, { psnr, ssim }] of publishedOf(set, factor)) {
      rows.push([set, `${method} (the paper)`, psnr.toFixed(2), ssim.toFixed(4), '']);
    }
  }
  const head = ['set', 'method', 'PSNR (dB)', 'SSIM', 'feature loss, of bicubic'];
  const note =
    `PSNR and SSIM on the Y channel (BT.601), ${factor} pixels of border left out; means over the pictures of a set. ` +
    'Feature loss: mean squared difference at relu2_2 of VGG16, as a share of the bicubic picture’s.';
  await writeFileAtomically(
    join(out, 'superres.md'),
    `# Super-resolution x${factor}\n\n${note}\n\n${markdownTable(head, rows)}\n`,
  );
  await writeFileAtomically(
    join(out, 'superres.json'),
    `${JSON.stringify({ factor, sets: results, published: factor === 4 ? PUBLISHED_X4 : {} }, undefined, 2)}\n`,
  );
  const { writeChart } = await import('../node/media/chart.js');
  await writeChart(join(out, 'superres'), chartOf(factor, results));
}

function chartOf(factor: number, results: readonly SetResult[]): Chart {
  const own = Object.keys(results[0]!.methods);
  const published = [...new Set(results.flatMap(({ set }) => publishedOf(set, factor).map(([m]) => m)))];
  const lowest = Math.min(...results.flatMap(({ methods }) => Object.values(methods).map((s) => s.psnr)));
  return {
    title: `Super-resolution x${factor}: PSNR`,
    xLabel: 'test set',
    yLabel: 'PSNR on Y (dB)',
    yMin: Math.floor(lowest) - 3,
    categories: results.map(({ set }) => set),
    series: [
      ...own.map((name) => ({ name, values: results.map(({ methods }) => round(methods[name]!.psnr)) })),
      ...published
        .filter((name) => name !== 'bicubic')
        .map((name) => ({
          name: `${name} (the paper)`,
          values: results.map(({ set }) => publishedOf(set, factor).find(([m]) => m === name)?.[1].psnr),
        })),
    ],
  };
}

function round(value: number): number {
  return Math.round(100 * value) / 100;
}
