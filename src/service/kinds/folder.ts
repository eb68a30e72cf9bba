import { z } from 'zod';
import { deviceField, fileId, type JobKind } from './kind.js';
import { checkLook, lookFields, lookInputs, shippedNames } from './look.js';
import { pictureFields } from './picture.js';

/** Many photos in a style. */
export const folder: JobKind = {
  name: 'folder',
  description:
    'Draws all photos of a zip in a style. Gives a zip of the pictures under the names of their photos, and failed.json with those that could not be drawn.',
  lane: 'long',
  priority: 5,
  inputs: z.strictObject({ photos: fileId('a zip of photos'), ...lookInputs }),
  options: z.strictObject({ ...lookFields, ...pictureFields, device: deviceField }),
  check: (options, inputs) => checkLook(options, inputs, shippedNames),
  load: async () => (await import('./folder-run.js')).runFolder,
};
