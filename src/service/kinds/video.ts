import { z } from 'zod';
import { deviceField, fileId, type JobKind } from './kind.js';
import { checkLook, lookFields, lookInputs, shippedNames } from './look.js';

/** A video in a style. */
export const video: JobKind = {
  name: 'video',
  description: 'Draws a video in a style: every frame at its time, with its sound.',
  lane: 'long',
  priority: 5,
  parts: 'video-part',
  inputs: z.strictObject({
    video: fileId('the video: MP4, MOV, WebM, MKV, AVI, TS, GIF or WebP'),
    ...lookInputs,
  }),
  options: z.strictObject({
    ...lookFields,
    maxSide: z
      .number()
      .int()
      .min(2)
      .max(16_383)
      .optional()
      .describe('larger frames are shrunk to this first'),
    start: z.number().min(0).max(1e6).optional().describe('seconds from the beginning of the video'),
    end: z.number().positive().max(1e6).optional(),
    fps: z.number().positive().max(240).optional().describe('frames a second, instead of those of the video'),
    steady: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe(
        'pictures keep what goes on from frame to frame, against flicker: 0 to 1; then one worker draws them all',
      ),
    format: z.enum(['mp4', 'webm', 'mkv', 'gif']).default('mp4'),
    device: deviceField,
  }),
  check(options, inputs) {
    const { start = 0, end } = options as { start?: number; end?: number };
    if (end !== undefined && end <= start) return 'options.end: more than options.start is needed';
    return checkLook(options, inputs, shippedNames);
  },
  load: async () => (await import('./video-run.js')).runVideo,
};
