/** The sessions that tiles of a picture are enlarged in. */
import { allOpened, laneCount } from '../runtime/lanes.js';
import type { OpenSession, Session, SessionOptions } from '../runtime/session.js';

/** More at a time take memory for little: reading, cropping and writing are done by one thread. */
const MOST_LANES = 8;

/** What tiles are enlarged with. */
interface TileLanesOptions extends Pick<SessionOptions, 'threads'> {
  openSession: OpenSession;
  /** Bytes that enlarging one tile takes, and all of them together may take. */
  tileBytes: number;
  memory: number | undefined;
}

/**
 * Sessions for tiles that are enlarged at the same time; they are opened when a picture of several tiles comes.
 *
 * @param model the network
 * @param single a session of it with all threads, for a picture of one tile
 */
export function tileLanes(
  model: Uint8Array,
  single: Session,
  { openSession, threads = openSession.threads ?? 1, tileBytes, memory }: TileLanesOptions,
) {
  const { device } = single;
  const fitting = memory === undefined ? MOST_LANES : Math.min(MOST_LANES, memory / tileBytes);
  let opened: Session[] = [];
  const close = async () => {
    for (const session of opened.splice(0)) await session.close();
  };
  return {
    /** One for each lane, at most as many as there are tiles. */
    async sessions(tiles: number): Promise<Session[]> {
      const count = await laneCount(openSession, { device, threads }, Math.min(fitting, tiles));
      if (count === 1) return [single];
      if (opened.length !== count) {
        await close();
        const each = { device, threads: Math.floor(threads / count) };
        // Where there is no memory for more, one is enough.
        opened = await allOpened(count, () => openSession(model, each)).catch(() => []);
      }
      return opened.length === 0 ? [single] : opened;
    },
    close,
  };
}
