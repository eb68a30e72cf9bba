/** The kinds of jobs. A new one is a file in `kinds/` and a line here. */
import { folder } from './kinds/folder.js';
import type { JobKind, RunnableKind } from './kinds/kind.js';
import { picture } from './kinds/picture.js';
import { train } from './kinds/train.js';
import { upscale } from './kinds/upscale.js';
import { video } from './kinds/video.js';
import { videoPart } from './kinds/video-part.js';

/** The kinds that can be asked for, by name. */
export const JOB_KINDS: Readonly<Record<string, JobKind>> = Object.fromEntries(
  [picture, folder, upscale, video, train].map((kind) => [kind.name, kind]),
);

/** All that workers run: the parts of jobs that are shared, too. */
export const RUNNABLE_KINDS: Readonly<Record<string, RunnableKind>> = {
  ...JOB_KINDS,
  [videoPart.name]: videoPart,
};

/**
 * The scopes of tokens: the kinds of jobs, files from other servers by their address, the service’s numbers, and
 * everything of the service.
 */
export const SCOPES: readonly string[] = [...Object.keys(JOB_KINDS), 'url', 'metrics', 'admin'];
