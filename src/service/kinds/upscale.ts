import { z } from 'zod';
import { deviceField, fileId, type JobKind } from './kind.js';
import { pictureFields } from './picture.js';

const { format, quality } = pictureFields;

/** A photo enlarged. */
export const upscale: JobKind = {
  name: 'upscale',
  description: 'Enlarges a photo with a super-resolution network.',
  lane: 'quick',
  priority: 10,
  inputs: z.strictObject({ photo: fileId('the photo') }),
  options: z.strictObject({
    factor: z
      .union([z.literal(4), z.literal(8)])
      .default(4)
      .describe('times as wide and high'),
    ...{ format, quality, device: deviceField },
  }),
  load: async () => (await import('./upscale-run.js')).runUpscale,
};
