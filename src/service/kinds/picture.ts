import { z } from 'zod';
import { deviceField, fileId, type JobKind } from './kind.js';
import { checkLook, lookFields, lookInputs, shippedNames } from './look.js';

/** Options of how pictures are written, and of what size. */
export const pictureFields = {
  maxSide: z.number().int().min(1).max(65_535).optional().describe('larger photos are shrunk to this first'),
  format: z.enum(['jpg', 'png', 'webp', 'avif']).default('jpg').describe('the format of the picture'),
  quality: z.number().int().min(1).max(100).optional().describe('of JPEG, WebP and AVIF'),
};

/** A photo in a style. */
export const picture: JobKind = {
  name: 'picture',
  description: 'Draws a photo in a style.',
  lane: 'quick',
  priority: 10,
  inputs: z.strictObject({ photo: fileId('the photo'), ...lookInputs }),
  options: z.strictObject({ ...lookFields, ...pictureFields, device: deviceField }),
  check: (options, inputs) => checkLook(options, inputs, shippedNames),
  load: async () => (await import('./picture-run.js')).runPicture,
};
