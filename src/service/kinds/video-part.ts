import type { RunnableKind } from './kind.js';

/** A part of a video that workers share. */
export const videoPart: RunnableKind = {
  name: 'video-part',
  lane: 'long',
  priority: 5,
  load: async () => (await import('./video-run.js')).runVideoPart,
};
