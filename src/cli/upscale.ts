import { Command } from 'commander';
import { usage } from '../core/errors.js';
import { openSession } from '../node/session.js';
import { readUpscalerFile } from '../node/shipped.js';
import type { Device } from '../runtime/session.js';
import { openUpscaler } from '../upscale/upscaler.js';
import { eachPicture, type PictureFlags, pictureJobs, withPictureOptions } from './each-picture.js';
import { numberOption, withDeviceOptions } from './options.js';
import { progressLine } from './progress.js';

interface UpscaleFlags extends PictureFlags {
  factor?: number;
  network?: string;
  matchHistogram: boolean;
  tile: number;
  device: Device;
  threads?: number;
}

/** `fns upscale`: enlarges photos. */
export function upscaleCommand(): Command {
  const command = new Command('upscale')
    .summary('enlarge photos by 4 or 8 (super-resolution)')
    .description(
      'Enlarge photos with a network that draws what a small picture no longer shows (super-resolution). Any size; transparency is kept (not in JPEG). ' +
        'upscale-x4 was trained with the feature loss: sharp edges and textures; upscale-x4-pixel with the pixel loss: closest to the true pixels, softer; so was upscale-x8.',
    )
    .argument('<photo...>', 'photos, or folders of photos')
    .option('-x, --factor <n>', 'how much larger: 4 or 8 (default: 4)', parseFactor)
    .option(
      '-n, --network <name>',
      'a shipped network (upscale-x4, upscale-x4-pixel, upscale-x8) or an .onnx file of fns train-upscale (default: upscale-x4, or upscale-x8 with -x 8)',
    )
    .requiredOption('-o, --out <file or folder>', 'the picture to write; a folder for several photos')
    .option('--match-histogram', 'give the result the distribution of colours of the photo', false)
    .option(
      '--tile <pixels>',
      'side of the tiles in pixels of the photo: smaller needs less memory, the picture stays the same',
      numberOption('--tile', { min: 15, above: true, whole: true }),
      128,
    );
  return withDeviceOptions(withPictureOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  fns upscale small.jpg -o large.png
  fns upscale small.jpg -n upscale-x4-pixel -o large.png
  fns upscale tiny.png -x 8 -o large.png
  fns upscale old-photos/ -o large/ --format png`,
    )
    .action(upscaleAll);
}

function parseFactor(text: string): number {
  if (text !== '4' && text !== '8') throw usage(`--factor is 4 or 8, got '${text}'`);
  return Number(text);
}

async function upscaleAll(photos: string[], flags: UpscaleFlags): Promise<void> {
  const { device, threads, tile, matchHistogram, factor } = flags;
  const network = flags.network ?? `upscale-x${factor ?? 4}`;
  const { bytes, label } = await readUpscalerFile(network);
  const jobs = await pictureJobs(photos, flags);
  const line = progressLine();
  const upscaler = await openUpscaler(bytes, label, { openSession, device, threads, tile, matchHistogram });
  try {
    const own = upscaler.info.factor;
    if (factor !== undefined && own !== factor) {
      throw usage(
        `${label} enlarges by ${own}, not by ${factor}: leave --factor out or give another --network`,
      );
    }
    await eachPicture(jobs, flags, line, 'enlarged', (image, show) =>
      upscaler.upscale(image, (done, all) => {
        if (all > 1) show(`${Math.floor((100 * done) / all)}%  tile ${done}/${all}`);
      }),
    );
  } finally {
    await upscaler.close();
  }
}
