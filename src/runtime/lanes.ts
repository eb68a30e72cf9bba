/** Parts of a picture that are computed at the same time, each by a session of its own, and taken in their order. */
import type { OpenSession, SessionOptions } from './session.js';
import { trialModel } from './trial-model.js';

/** What the sessions of a lane are opened with. */
export type LaneSession = Pick<SessionOptions, 'device' | 'threads' | 'beside'>;

/** Lanes that are open. */
export interface Lanes {
  /** One for each lane. Their sessions run at the same time. */
  sessions: readonly LaneSession[];
  close(): Promise<void>;
}

/**
 * How many parts can be computed at the same time. On the CPU that is one for each thread: threads that share a part
 * wait for each other at each node of its graph, and some nodes run on one of them alone.
 *
 * @param most as many as the memory allows
 */
export async function laneCount(
  openSession: OpenSession,
  { device, threads = openSession.threads ?? 1 }: LaneSession,
  most: number,
): Promise<number> {
  const canShare = openSession.threads !== undefined && (await openSession.deviceFor(device)) === 'cpu';
  return canShare ? Math.max(1, Math.min(threads, Math.floor(most))) : 1;
}

/**
 * Opens lanes.
 *
 * @param session what the first lane's sessions are opened with
 * @throws FnsError when there is not enough memory, say; nothing stays open then.
 */
export async function openLanes(
  openSession: OpenSession,
  session: LaneSession,
  count: number,
): Promise<Lanes> {
  if (count === 1) return { sessions: [session], close: async () => {} };
  const threads = Math.max(1, Math.floor((session.threads ?? openSession.threads ?? 1) / count));
  // A session that stays keeps the thread that those of a lane share.
  const { device } = session;
  const own = await allOpened(count - 1, () => openSession(trialModel(), { device, threads: 1 }));
  return {
    sessions: [session.beside, ...own].map((beside) => ({ ...session, threads, beside })),
    async close() {
      for (const each of own) await each.close();
    },
  };
}

/** Sessions, or what has some, opened at the same time. Where one of them fails, the others are closed. */
export async function allOpened<Opened extends { close(): Promise<void> }>(
  count: number,
  open: () => Promise<Opened>,
): Promise<Opened[]> {
  const opening = Array.from({ length: count }, open);
  try {
    return await Promise.all(opening);
  } catch (error) {
    for (const each of await Promise.allSettled(opening)) {
      if (each.status === 'fulfilled') await each.value.close();
    }
    throw error;
  }
}

/** Computes parts. */
export interface Lane<Result> {
  /** Gets a part ready, whose computing `run` begins. The part before may still be computed. */
  prepare(part: number): Promise<{ run(): Promise<Result> }>;
}

/**
 * Computes parts `0..count-1`. While a lane computes one, its result before is taken and its next one is made ready.
 *
 * @param take called in the order of parts, one at a time
 * @throws the first error of a lane or of `take`; the signal's reason when it is aborted. Nothing is at work any more then.
 */
export async function runLanes<Result>(
  count: number,
  lanes: readonly Lane<Result>[],
  take: (found: Result, part: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  /** The part to be taken next, and those who wait for their turn, by part. */
  let turn = 0;
  const waiting = new Map<number, () => void>();
  let unclaimed = 0;
  let failed = false;
  let firstError: unknown;
  const claim = () => (failed || unclaimed === count ? undefined : unclaimed++);
  const takeInTurn = async (found: Result, part: number) => {
    if (part !== turn && !failed) await new Promise<void>((resolve) => waiting.set(part, resolve));
    if (failed) return;
    await take(found, part);
    turn++;
    waiting.get(turn)?.();
  };
  const work = async (lane: Lane<Result>) => {
    const prepared = (part: number | undefined) => (part === undefined ? undefined : lane.prepare(part));
    let part = claim();
    let next = prepared(part);
    let taking: Promise<void> = Promise.resolve();
    let running: Promise<Result> | undefined;
    try {
      while (part !== undefined) {
        signal?.throwIfAborted();
        if (failed) break;
        running = (await next!).run();
        const own = part;
        part = claim();
        next = prepared(part);
        next?.catch(() => {});
        const [found] = await Promise.all([running, taking]);
        taking = takeInTurn(found, own);
        taking.catch(() => {});
      }
      await taking;
    } catch (error) {
      if (!failed) firstError = error;
      failed = true;
      // Their turn never comes.
      for (const go of waiting.values()) go();
    } finally {
      await Promise.allSettled([next, taking, running]);
    }
  };
  await Promise.all(lanes.map(work));
  if (failed) throw firstError;
}
