import { Command } from 'commander';
import { loadStyle } from '../api/node.js';
import type { Image } from '../core/image.js';
import type { Device } from '../runtime/session.js';
import { eachPicture, type PictureFlags, pictureJobs, withPictureOptions } from './each-picture.js';
import { numberOption, withDeviceOptions } from './options.js';
import { progressLine } from './progress.js';

interface StylizeFlags extends PictureFlags {
  style: string;
  strength: number;
  maxSide?: number;
  device: Device;
  threads?: number;
}

/** `fns stylize`: applies a style to photos. */
export function stylizeCommand(): Command {
  const command = new Command('stylize')
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
    );
  return withDeviceOptions(withPictureOptions(command))
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

async function stylizeAll(photos: string[], flags: StylizeFlags): Promise<void> {
  const jobs = await pictureJobs(photos, flags);
  const line = progressLine();
  const { device, threads, strength } = flags;
  const stylizer = await loadStyle(flags.style, { device, threads, strength });
  if (stylizer.fixedSize) {
    const { width, height } = stylizer.fixedSize;
    line.note(`${flags.style} takes ${width}x${height} only: photos are resized to that and back`);
  }
  try {
    const resize = limit(flags.maxSide);
    await eachPicture(jobs, flags, line, 'stylised', (image) => stylizer.stylize(image), { resize });
  } finally {
    await stylizer.close();
  }
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
