import { join } from 'node:path';
import { atMostLongerSide } from '../../core/sizes.js';
import { makePictures, type PictureFilesResult } from '../../jobs/make-pictures.js';
import type { StyleChoice } from '../../stylize/stylizer.js';
import { requirePictureWithin } from './checked-picture.js';
import type { KindResult, KindRun } from './kind.js';
import { wantedStyle, warmStyle } from './warm-styles.js';

/** Options of how pictures are written, and of what size. */
export interface PictureOptions {
  maxSide?: number;
  format: string;
  quality?: number;
}

/** Draws a photo. */
export async function runPicture(run: KindRun): Promise<KindResult> {
  const { maxSide, format } = run.options as unknown as PictureOptions;
  const pixels = await requirePictureWithin(run.inputs.photo!, 'the photo', run.limits, { maxSide });
  const target = join(run.out, `picture.${format}`);
  await drawPhotos(run, run.inputs.photo!, target);
  return { files: [target], pixels };
}

/** Draws photos: as `stylizePictures`, with a style that stays loaded. */
export async function drawPhotos(
  { options, inputs, machine, signal, onEvent }: KindRun,
  photos: string | readonly string[],
  out: string,
  format?: string,
): Promise<PictureFilesResult> {
  const { maxSide, quality } = options as unknown as PictureOptions;
  const stylizer = await warmStyle(await wantedStyle({ options, inputs }), machine);
  const choice = choiceOf(options);
  return makePictures(
    { photos, out, quality, ...(format !== undefined && { format }) },
    { signal, onEvent },
    {
      make: (image, onShare) => stylizer.stylize(image, choice, { signal, onShare }),
      large: {
        isLarge: (size) => stylizer.isLarge(size, choice),
        make: (photo, write, onShare) => stylizer.stylizeRows(photo, write, choice, { signal, onShare }),
      },
      ...(maxSide !== undefined && { resize: (own) => atMostLongerSide(own, maxSide) }),
      settings: '',
    },
  );
}

/** The part of a look that may be chosen for each picture. */
function choiceOf(options: Record<string, unknown>): StyleChoice {
  const { strength, strokeSize, colours } = options as StyleChoice;
  return { strength, strokeSize, colours };
}
