import { mkdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { Command } from 'commander';
import { failure, usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { writeFailure } from '../media/files.js';
import { listPhotos } from '../media/folder.js';
import { decodeImage, encodeImage, requireWritableExtension } from '../media/image.js';
import { loadStyle } from '../node.js';
import { type Device, parseDevice } from '../runtime/session.js';
import { numberOption } from './options.js';
import { duration, progressLine } from './progress.js';

interface StylizeFlags {
  style: string;
  strength: number;
  out: string;
  maxSide?: number;
  format?: string;
  quality: number;
  device: Device;
  threads?: number;
}

/** `fns stylize`: applies a style to photos. */
export function stylizeCommand(): Command {
  return new Command('stylize')
    .summary('apply a style to photos')
    .description(
      'Apply a style to photos. The result has exactly the size of the photo; transparency is kept (not in JPEG).',
    )
    .argument('<photo...>', 'photos, or folders of photos')
    .requiredOption(
      '-s, --style <style>',
      'a shipped style (`fns styles` lists them) or an .onnx file; FILE:NAME or FILE:NAME=0.6,NAME=0.4 of a file of many paintings',
    )
    .option('--strength <x>', '1: the style, 0: the photo, between: between', numberOption('--strength'), 1)
    .requiredOption('-o, --out <file or folder>', 'the picture to write; a folder for several photos')
    .option(
      '--max-side <pixels>',
      'shrink larger photos first, so that the longer side has this size',
      numberOption('--max-side', { above: true, whole: true }),
    )
    .option(
      '--format <extension>',
      'format of pictures written into a folder: jpg, png, webp, avif, tiff (default: as the photo)',
    )
    .option(
      '--quality <n>',
      'JPEG, WebP and AVIF quality, 1 to 100',
      numberOption('--quality', { min: 1, whole: true }),
      92,
    )
    .option('--device <name>', 'auto, cpu, webgpu or cuda', parseDevice, 'auto')
    .option(
      '--threads <n>',
      'CPU threads (default: all cores)',
      numberOption('--threads', { above: true, whole: true }),
    )
    .addHelpText(
      'after',
      `
Examples:
  fns stylize photo.jpg -s wave -o wave.jpg
  fns stylize holiday/*.jpg -s starry -o out/
  fns stylize photo.jpg -s many.onnx:wave=0.6,starry=0.4 --strength 0.7 -o both.jpg
  fns stylize holiday/ -s mine.onnx -o out/ --format png --max-side 2000`,
    )
    .action(stylizeAll);
}

/** One photo and where its picture goes. */
interface Job {
  photo: string;
  target: string;
}

async function stylizeAll(photos: string[], flags: StylizeFlags): Promise<void> {
  if (flags.quality > 100)
    throw usage(`--quality needs a whole number from 1 to 100, got '${flags.quality}'`);
  const jobs = await plan(photos, flags);
  const line = progressLine();
  const { device, threads, strength } = flags;
  const stylizer = await loadStyle(flags.style, { device, threads, strength });
  if (stylizer.fixedSize) {
    const { width, height } = stylizer.fixedSize;
    line.note(`${flags.style} takes ${width}x${height} only: photos are resized to that and back`);
  }
  const started = Date.now();
  let failed = 0;
  try {
    for (const [i, { photo, target }] of jobs.entries()) {
      const left =
        i === 0 ? '' : `, ${duration(((Date.now() - started) / 1000 / i) * (jobs.length - i))} left`;
      if (jobs.length > 1) line.update(`${i + 1}/${jobs.length} ${basename(photo)}${left}`);
      try {
        const image = await decodeImage(photo, { resize: limit(flags.maxSide) });
        await encodeImage(target, await stylizer.stylize(image), { quality: flags.quality });
        console.log(target);
      } catch (error) {
        // One bad photo among many does not stop the others.
        if (jobs.length === 1) throw error;
        failed++;
        line.note(`error: ${(error as Error).message.split('\n')[0]}`);
      }
    }
  } finally {
    await stylizer.close();
    if (jobs.length > 1) line.end();
  }
  if (failed > 0) throw failure(`${failed} of ${jobs.length} photos could not be stylised (see above)`);
}

function limit(maxSide: number | undefined) {
  if (maxSide === undefined) return undefined;
  return ({ width, height }: Pick<Image, 'width' | 'height'>) => {
    const factor = Math.min(1, maxSide / Math.max(width, height));
    return {
      width: Math.max(1, Math.round(width * factor)),
      height: Math.max(1, Math.round(height * factor)),
    };
  };
}

/** Where each picture goes: the file itself for one photo, otherwise files of the photos' names in the folder. */
async function plan(photos: string[], { out, format }: StylizeFlags): Promise<Job[]> {
  const files: string[] = [];
  let folders = false;
  for (const photo of photos) {
    const isFolder = (await stat(photo).catch(() => undefined))?.isDirectory() ?? false;
    folders ||= isFolder;
    files.push(...(isFolder ? await listPhotos(photo) : [photo]));
  }
  const outIsFolder = out.endsWith('/') || ((await stat(out).catch(() => undefined))?.isDirectory() ?? false);
  const single = files.length === 1 && !folders && !outIsFolder;
  if (single) {
    requireWritableExtension(out);
    return [{ photo: files[0]!, target: out }];
  }
  if (!outIsFolder && extname(out) !== '') {
    throw usage(`several photos need a folder as --out (such as out/), got the file '${out}'`);
  }
  const extension = format === undefined ? undefined : `.${format.replace(/^\./, '')}`;
  if (extension) requireWritableExtension(`x${extension}`);
  const jobs = files.map((photo) => {
    const own = extname(photo);
    const writable = extension ?? (own.toLowerCase() === '.gif' ? '.png' : own);
    return { photo, target: join(out, basename(photo, own) + writable) };
  });
  const seen = new Map<string, string>();
  for (const { photo, target } of jobs) {
    const other = seen.get(target);
    if (other !== undefined)
      throw usage(`${other} and ${photo} would both be written to ${target}: stylise them one by one`);
    seen.set(target, photo);
    requireWritableExtension(target);
  }
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw writeFailure(out, error);
  });
  return jobs;
}
