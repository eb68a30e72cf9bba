/** Going on with the training of a style. */
import { resolve } from 'node:path';
import { badOption, failure } from '../core/errors.js';
import { trainingConfig } from '../train/config.js';
import type { JobOptions } from './job.js';
import { type ResumeOptions, resumeTraining, withLength } from './resume.js';
import { runStyleTraining, type StyleRun, styleRunSchema } from './style-run.js';
import { fileSha256 } from './training-files.js';
import type { TrainingResult } from './training-result.js';

/** Options that may be new when a training of a style goes on. */
export interface ResumeStyleOptions extends ResumeOptions {
  /** Where the painting is now; of several, all in the same order. */
  painting?: string | readonly string[];
  /** Where the photos are now. */
  photos?: string;
}

/**
 * Goes on with a training that was stopped, bit by bit as if it never had been. It writes beside its folder, wherever
 * that is now; what it was made from is looked for where it was, or at the same place seen from the folder.
 *
 * @param folder the folder `STYLE.training`, or the style file
 * @throws FnsError when there is no checkpoint, or the painting is another.
 */
export async function resumeStyle(
  folder: string,
  options: ResumeStyleOptions = {},
  job: JobOptions = {},
): Promise<TrainingResult> {
  const kind = { name: 'a style', schema: styleRunSchema };
  return resumeTraining(folder, options, kind, async ({ paths, checkpoint, run, isNewPlace, moved }) => {
    const { photos, painting } = options;
    run.photos = photos === undefined ? await moved(run.photos) : resolve(photos);
    if (run.previewPhoto !== undefined) run.previewPhoto = await moved(run.previewPhoto);
    run.paintings = await samePaintings(run.paintings, painting, moved);
    run.config = trainingConfig(withLength(run.config, options));
    const note = `going on after step ${checkpoint.state.steps}`;
    return runStyleTraining(run, { paths, checkpoint, isNewPlace, note, job });
  });
}

/** The paintings where they are now; each must be what it was. */
async function samePaintings(
  paintings: StyleRun['paintings'],
  given: string | readonly string[] | undefined,
  moved: (path: string) => Promise<string>,
): Promise<StyleRun['paintings']> {
  const places = given === undefined ? undefined : [given].flat();
  const count = paintings.reduce((sum, { images }) => sum + images.length, 0);
  if (places && places.length !== count) {
    throw badOption('painting', `the training has ${count} pictures of paintings, got ${places.length}`);
  }
  let next = 0;
  const result: StyleRun['paintings'] = [];
  for (const { name, images } of paintings) {
    const found: typeof images = [];
    for (const image of images) {
      const path = places ? resolve(places[next++]!) : await moved(image.path);
      if ((await fileSha256(path)) !== image.sha256) {
        throw failure(`${path} is not the painting of before: the training cannot go on with it`);
      }
      found.push({ ...image, path });
    }
    result.push({ name, images: found });
  }
  return result;
}
