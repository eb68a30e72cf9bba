import { join } from 'node:path';
import { atMostLongerSide } from '../../core/sizes.js';
import { makePictures } from '../../jobs/make-pictures.js';
import type { StyleChoice } from '../../stylize/stylizer.js';
import { requirePictureWithin } from './checked-picture.js';
import type { KindResult, KindRun } from './kind.js';
import { wantedStyle, warmStyle } from './warm-styles.js';

/** Draws a photo: as `stylizePictures`, with a style that stays loaded. */
export async function runPicture({
  options,
  inputs,
  out,
  limits,
  machine,
  signal,
  onEvent,
}: KindRun): Promise<KindResult> {
  const { maxSide, format, quality } = options as { maxSide?: number; format: string; quality?: number };
  const pixels = await requirePictureWithin(inputs.photo!, 'the photo', limits, { maxSide });
  const stylizer = await warmStyle(await wantedStyle({ options, inputs }), machine);
  const choice = choiceOf(options);
  const target = join(out, `picture.${format}`);
  await makePictures(
    { photos: inputs.photo!, out: target, quality },
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
  return { files: [target], pixels };
}

/** The part of a look that may be chosen for each picture. */
export function choiceOf(options: Record<string, unknown>): StyleChoice {
  const { strength, strokeSize, colours } = options as StyleChoice;
  return { strength, strokeSize, colours };
}
