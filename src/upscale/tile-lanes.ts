/** The sessions that tiles of a picture are enlarged in. */
import { laneCount } from '../runtime/lanes.js';
import type { OpenSession, Session, SessionOptions } from '../runtime/session.js';

/** More at a time take memory for little: reading, cropping and writing are done by one thread. */
const MOST_LANES = 8;

/**
 * Sessions for tiles that are enlarged at the same time; they are opened when a picture of several tiles comes.
 *
 * @param model the network
 * @param single a session of it with all threads, for a picture of one tile
 */
export function tileLanes(
  model: Uint8Array,
  single: Session,
  options: { openSession: OpenSession } & Pick<SessionOptions, 'threads'>,
) {
  const { openSession, threads = openSession.threads ?? 1 } = options;
  const { device } = single;
  let opened: Promise<Session[]> | undefined;
  const open = async (): Promise<Session[]> => {
    const count = await laneCount(openSession, { device, threads }, MOST_LANES);
    if (count === 1) return [single];
    const each = { device, threads: Math.floor(threads / count) };
    return Promise.all(Array.from({ length: count }, () => openSession(model, each)));
  };
  return {
    /** One for each lane, at most as many as there are tiles. */
    async sessions(tiles: number): Promise<Session[]> {
      if (tiles < 2) return [single];
      opened ??= open();
      return (await opened).slice(0, tiles);
    },
    async close() {
      for (const session of (await opened?.catch(() => [])) ?? []) {
        if (session !== single) await session.close();
      }
    },
  };
}
