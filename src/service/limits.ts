/** What one job, one upload and one owner may take. */
import { z } from 'zod';

const count = () => z.number().int().positive();

/** The limits of a service. */
export const limitsSchema = z.strictObject({
  /** Bytes of an uploaded file. */
  uploadBytes: count(),
  /** Pixels of a picture or a frame, before and after: width times height. */
  pixels: count(),
  /** Frames of an animation or a video. */
  frames: count(),
  /** Files in a zip, and their bytes together when unpacked. */
  zipFiles: count(),
  zipBytes: count(),
  /** Seconds that one attempt at a job may compute, by how long its kind takes. */
  quickSeconds: count(),
  longSeconds: count(),
  /** Bytes of memory of the process that runs a job; it is killed above. */
  memoryBytes: count(),
  /** Steps of a training. */
  steps: count(),
});

/** The limits of a service. */
export type Limits = z.infer<typeof limitsSchema>;

/** The limits where nothing else was said. */
export const DEFAULT_LIMITS: Limits = {
  uploadBytes: 2 ** 30,
  pixels: 100e6,
  frames: 20_000,
  zipFiles: 2000,
  zipBytes: 2 ** 32,
  quickSeconds: 600,
  longSeconds: 12 * 3600,
  memoryBytes: 6 * 2 ** 30,
  steps: 100_000,
};

/** What an owner may take on a day (UTC), and at a time. Without a number there is no limit. */
export const quotasSchema = z.strictObject({
  /** Bytes uploaded on a day. */
  bytes: count().optional(),
  /** Pixels made on a day. */
  pixels: count().optional(),
  /** Seconds computed on a day. */
  seconds: count().optional(),
  /** Jobs that wait or run at a time. */
  jobs: count().optional(),
});

/** What an owner may take. */
export type Quotas = z.infer<typeof quotasSchema>;
