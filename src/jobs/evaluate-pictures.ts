/** Pictures of several networks of one painting, compared with their photos and the painting, and with each other. */
import { dirname, join, relative, resolve } from 'node:path';
import { badOption, failure, usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { openFeatureReader } from '../evaluate/content-style.js';
import { vggNetwork } from '../nets/vgg.js';
import { makeFolder } from '../node/media/files.js';
import { encodeImage } from '../node/media/image.js';
import { openSession } from '../node/session.js';
import { loadVggWeights } from '../node/weights/vgg-weights.js';
import type { Device } from '../runtime/session.js';
import { somePhotos } from './evaluated-style.js';
import { openResults } from './evaluation-results.js';
import { type JobOptions, reporter, stopwatch, withDefaults } from './job.js';
import { closeJudgedNetworks, openJudgedNetworks } from './judged-networks.js';
import {
  type JudgedPhoto,
  judgedPhoto,
  LEAST_PHOTO,
  measuresOf,
  type PictureMeasures,
  readJudgedPainting,
  readSizedPhoto,
} from './judged-pictures.js';
import { networkResult, type PicturesResult, writePicturesReport } from './pictures-report.js';
import { exists, fileSha256 } from './training-files.js';

/** Options of `evaluatePictures`. */
export interface EvaluatePicturesOptions {
  /** Shipped styles or .onnx files; `many.onnx:wave` of a file of many paintings. */
  styles: readonly string[];
  /** Networks to compare with: styles, ONNX style networks of other programs, or what `importNetwork` reads. */
  against?: readonly string[];
  /** The painting that all of them were learned from; at least 192 pixels. */
  painting: string;
  /** The folder of photos. Those with fewer than 256 pixels on a side are left out. */
  photos: string;
  /** How many of the photos; all by default. */
  count?: number;
  /** The shorter side of the photos in pixels, 256 to 1024; smaller photos stay as they are. */
  size?: number;
  /** The folder for the results; none are written without it. */
  out?: string;
  /** Writes the pictures of all networks there, and the photos as the networks saw them. */
  savePictures?: boolean;
  /** VGG19 weights (.safetensors or Keras .h5) instead of the installed ones. */
  weights?: string;
  device?: Device;
  threads?: number;
}

/** The largest shorter side of photos. */
const MOST_SIZE = 1024;

/** The defaults of `evaluatePictures`. */
export const PICTURES_DEFAULTS = { against: [] as readonly string[], size: 512 } as const;

/**
 * Compares networks of one painting by their pictures of the same photos: how near these are to the photo (content) and
 * to the painting (style), the frame at their border, patterns that repeat, and burnt pixels. Writes pictures.md, .json,
 * .svg and .png into a folder, if there is one; a job that was stopped goes on there, and another network finds those
 * before it done.
 *
 * @returns means over the photos of each network, and the numbers of each picture; of a job that was stopped those of
 *   the photos that were done for all networks
 * @throws FnsError when a network, the painting or the weights cannot be read, or no photo is large enough.
 */
export async function evaluatePictures(
  options: EvaluatePicturesOptions,
  job: JobOptions = {},
): Promise<PicturesResult> {
  const all = withDefaults(options, PICTURES_DEFAULTS);
  requireOptions(all);
  const { styles, against, size, out, device, threads } = all;
  const session = { device, threads };
  const painting = await readJudgedPainting(all.painting);
  const photos = await somePhotos(all.photos, all.count ?? Number.POSITIVE_INFINITY);
  const weights = await loadVggWeights('vgg19', { file: all.weights });
  const names = photos.map((path) => relative(resolve(all.photos), path));
  if (out !== undefined) await makeFolder(out);
  const kept = await openResults<PictureMeasures>(out, 'pictures', {
    size,
    painting: await fileSha256(all.painting),
    photos: resolve(all.photos),
    weights: await fileSha256(weights.file),
  });
  const report = reporter(job);
  const reader = openFeatureReader(vggNetwork('vgg19', weights.tensors), openSession, session);
  const networks = await openJudgedNetworks({ styles, against }, session);
  const measures = networks.map((): Record<string, PictureMeasures> => ({}));
  const fileOf = pictureFiles(all, names);
  const total = photos.length * networks.length;
  const watch = stopwatch();
  let [done, computed, stopped] = [0, 0, false];

  /** Judges the pictures of one photo: undefined if it is too small, or the signal came before all were judged. */
  async function judgeAll(path: string, name: string): Promise<PictureMeasures[] | undefined> {
    let photo: JudgedPhoto | undefined;
    const open = async () => {
      photo ??= judgedPhoto(await readSizedPhoto(path, size));
      return photo;
    };
    const isSmaller = ({ width, height }: Image, side: number) => Math.min(width, height) < side;
    const found: PictureMeasures[] = [];
    for (const { name: network, sha256, stylizer } of networks) {
      stopped = job.signal?.aborted ?? false;
      if (stopped) return undefined;
      const secondsLeft = computed === 0 ? undefined : (watch.seconds() / computed) * (total - done);
      const part = `${network}/${name}`;
      report.progress({ share: done / total, secondsLeft, part, unit: 'picture', done, all: total });
      const key = `${sha256}/${name}`;
      const file = fileOf?.(network, name);
      let picture: Image | undefined;
      if (!kept.has(key) || (file !== undefined && !(await exists(file)))) {
        const isFirst = photo === undefined;
        const { image } = await open();
        const text = `${image.width}x${image.height} pixels`;
        if (isSmaller(image, LEAST_PHOTO)) {
          report.note(`${name} is left out: it has ${text}, ${LEAST_PHOTO} are needed on each side`);
          return undefined;
        }
        if (isFirst && isSmaller(image, size))
          report.note(`${name} is not enlarged: it is judged at ${text}`);
        picture = await stylizer.stylize(image);
        if (file !== undefined) await writePicture(file, picture);
        computed++;
      }
      const compute = async () => measuresOf(picture!, await open(), { painting, reader, stylizer });
      found.push(await kept.part(key, compute));
      done++;
    }
    const copy = fileOf?.(undefined, name);
    if (copy !== undefined && !(await exists(copy))) await writePicture(copy, (await open()).image);
    return found;
  }

  try {
    for (const note of networks.flatMap(({ stylizer }) => stylizer.notes)) report.note(note);
    for (const [i, path] of photos.entries()) {
      done = i * networks.length;
      const found = await judgeAll(path, names[i]!);
      if (stopped) break;
      for (const [n, of] of found?.entries() ?? []) measures[n]![names[i]!] = of;
    }
  } finally {
    await reader.close();
    await closeJudgedNetworks(networks);
  }
  const judged = Object.keys(measures[0]!);
  if (judged.length === 0 && !stopped) {
    throw failure(`no photo in ${all.photos} has ${LEAST_PHOTO} pixels and more on each side`);
  }
  const result: PicturesResult = {
    size,
    photos: judged,
    paintingPeaks: painting.peaks,
    stopped,
    networks: networks.map((network, i) => networkResult(network, measures[i]!, painting.peaks)),
  };
  if (out !== undefined && !stopped) {
    await writePicturesReport(out, result);
    report.file(join(out, 'pictures.md'));
  }
  return result;
}

/** Checks what does not need a file. */
function requireOptions({
  styles,
  size,
  count,
  out,
  savePictures,
}: EvaluatePicturesOptions & { size: number }): void {
  if (styles.length === 0) throw usage('a style to evaluate is needed');
  if (!Number.isInteger(size) || size < LEAST_PHOTO || size > MOST_SIZE) {
    throw badOption('size', `a whole number from ${LEAST_PHOTO} to ${MOST_SIZE} is needed, got ${size}`);
  }
  if (count !== undefined && !(count >= 1)) throw badOption('count', `at least 1 is needed, got ${count}`);
  if (savePictures && out === undefined) {
    throw badOption('savePictures', 'a folder for the results is needed');
  }
}

/**
 * The files that pictures are written to, if they are: by network and photo, and the photo's own without a network.
 *
 * @param photos the names of all photos: of two that differ in their extension alone it is kept
 */
function pictureFiles({ out, savePictures }: EvaluatePicturesOptions, photos: readonly string[]) {
  if (out === undefined || !savePictures) return undefined;
  const stemOf = (photo: string) => photo.replace(/\.\w+$/, '');
  const stems = photos.map(stemOf);
  return (network: string | undefined, photo: string): string => {
    const stem = stemOf(photo);
    const name = stems.indexOf(stem) === stems.lastIndexOf(stem) ? stem : photo;
    const folder =
      network === undefined ? ['photos'] : ['pictures', network.replace(/[^\p{L}\p{N}_.,=-]+/gu, '-')];
    return join(out, ...folder, `${name}.png`);
  };
}

async function writePicture(path: string, picture: Image): Promise<void> {
  await makeFolder(dirname(path));
  await encodeImage(path, picture);
}
