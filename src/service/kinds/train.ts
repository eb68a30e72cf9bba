import { z } from 'zod';
import { deviceField, fileId, type JobKind } from './kind.js';

/** A style learned from a painting. */
export const train: JobKind = {
  name: 'train',
  description:
    'Learns a style from a painting and a zip of photos. Gives the style file, which inputs.style of other jobs takes, and a preview. When its worker is lost, another goes on from the last checkpoint, bit for bit.',
  lane: 'long',
  priority: 0,
  goesOn: true,
  inputs: z.strictObject({ painting: fileId('the painting'), photos: fileId('a zip of photos') }),
  options: z.strictObject({
    steps: z.number().int().min(1).default(1000).describe('of the training'),
    size: z.number().int().min(16).max(512).multipleOf(4).optional().describe('side of the crops, in pixels'),
    styleSize: z
      .number()
      .int()
      .min(16)
      .max(2048)
      .multipleOf(4)
      .optional()
      .describe('shorter side of the painting, in pixels: larger gives larger strokes'),
    width: z.number().int().min(4).max(64).optional().describe('channels of the network'),
    batch: z.number().int().min(1).max(16).optional().describe('photos a step'),
    seed: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31)
      .optional(),
    styleWeight: z.number().min(0).max(1e6).optional(),
    contentWeight: z.number().min(0).max(1e6).optional(),
    lossNetwork: z.enum(['vgg16', 'vgg19']).optional(),
    styleLayers: z
      .array(z.string().regex(/^relu[1-5]_[1-4]$/))
      .min(1)
      .max(16)
      .optional(),
    contentLayers: z
      .array(z.string().regex(/^relu[1-5]_[1-4]$/))
      .min(1)
      .max(16)
      .optional(),
    init: z
      .enum(['start', 'none'])
      .optional()
      .describe('start: from the network that comes with the program'),
    checkpointEvery: z.number().int().min(1).max(10_000).default(100).describe('steps that are lost at most'),
    device: deviceField,
  }),
  load: async () => (await import('./train-run.js')).runTrain,
};
