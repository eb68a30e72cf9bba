/** The kinds of jobs. A new one is a file in `kinds/` and a line here. */
import { folder } from './kinds/folder.js';
import type { JobKind } from './kinds/kind.js';
import { picture } from './kinds/picture.js';
import { train } from './kinds/train.js';
import { upscale } from './kinds/upscale.js';
import { video } from './kinds/video.js';

/** The kinds by name. */
export const JOB_KINDS: Readonly<Record<string, JobKind>> = Object.fromEntries(
  [picture, folder, upscale, video, train].map((kind) => [kind.name, kind]),
);

/**
 * The scopes of tokens: the kinds of jobs, files from other servers by their address, the service’s numbers, and
 * everything of the service.
 */
export const SCOPES: readonly string[] = [...Object.keys(JOB_KINDS), 'url', 'metrics', 'admin'];
