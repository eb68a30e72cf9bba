import { join } from 'node:path';
import { upscalePictures } from '../../jobs/upscale-pictures.js';
import { requirePictureWithin } from './checked-picture.js';
import type { KindResult, KindRun } from './kind.js';

/** Enlarges a photo: `upscalePictures`. */
export async function runUpscale(run: KindRun): Promise<KindResult> {
  const { options, inputs, out, limits, machine, signal, onEvent } = run;
  const { factor, format, quality } = options as { factor: number; format: string; quality?: number };
  const photos = inputs.photo!;
  const pixels = await requirePictureWithin(photos, 'the photo', limits, { factor });
  const target = join(out, `picture.${format}`);
  await upscalePictures({ photos, out: target, factor, quality, ...machine }, { signal, onEvent });
  return { files: [target], pixels };
}
