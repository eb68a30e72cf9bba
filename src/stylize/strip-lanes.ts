/** Strips of a picture that are computed at the same time, each by sessions of its own, and taken in their order. */
import type { OpenSession, Session, SessionOptions } from '../runtime/session.js';
import { trialModel } from '../runtime/trial-model.js';

/** What the sessions of a lane are opened with. */
export type LaneSession = Pick<SessionOptions, 'device' | 'threads' | 'beside'>;

/** Lanes that are open. */
export interface Lanes {
  /** One for each lane. Their sessions run at the same time. */
  sessions: readonly LaneSession[];
  close(): Promise<void>;
}

/**
 * How many strips can be computed at the same time. On the CPU that is one for each thread: threads that share a strip
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
 */
export async function openLanes(
  openSession: OpenSession,
  session: LaneSession,
  count: number,
): Promise<Lanes> {
  if (count === 1) return { sessions: [session], close: async () => {} };
  const threads = Math.max(1, Math.floor((session.threads ?? openSession.threads ?? 1) / count));
  const own: Session[] = [];
  // A session that stays keeps the thread that those of a lane share.
  for (let i = 1; i < count; i++)
    own.push(await openSession(trialModel(), { ...session, beside: undefined }));
  return {
    sessions: [session.beside, ...own].map((beside) => ({ ...session, threads, beside })),
    async close() {
      for (const each of own) await each.close();
    },
  };
}

/** Computes strips. */
export interface Lane<Result> {
  /** Gets a strip ready, whose computing `run` begins. The strip before may still be computed. */
  prepare(strip: number): Promise<{ run(): Promise<Result> }>;
}

/**
 * Computes strips `0..count-1`. While a lane computes one, its result before is taken and its next one is made ready.
 *
 * @param take called in the order of strips, one at a time
 * @throws the first error of a lane or of `take`; the signal's reason when it is aborted. Nothing is at work any more then.
 */
export async function runLanes<Result>(
  count: number,
  lanes: readonly Lane<Result>[],
  take: (found: Result, strip: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  /** The strip to be taken next, and those who wait for their turn, by strip. */
  let turn = 0;
  const waiting = new Map<number, () => void>();
  let unclaimed = 0;
  let failed = false;
  const claim = () => (failed || unclaimed === count ? undefined : unclaimed++);
  const takeInTurn = async (found: Result, strip: number) => {
    if (strip !== turn && !failed) await new Promise<void>((resolve) => waiting.set(strip, resolve));
    if (failed) return;
    await take(found, strip);
    turn++;
    waiting.get(turn)?.();
  };
  const work = async (lane: Lane<Result>) => {
    const prepared = (strip: number | undefined) => (strip === undefined ? undefined : lane.prepare(strip));
    let strip = claim();
    let next = prepared(strip);
    let taking: Promise<void> = Promise.resolve();
    try {
      while (strip !== undefined) {
        signal?.throwIfAborted();
        const running = (await next!).run();
        const own = strip;
        strip = claim();
        next = prepared(strip);
        next?.catch(() => {});
        const [found] = await Promise.all([running, taking]);
        taking = takeInTurn(found, own);
        taking.catch(() => {});
      }
      await taking;
    } catch (error) {
      failed = true;
      // Their turn never comes.
      for (const go of waiting.values()) go();
      throw error;
    } finally {
      await Promise.allSettled([next, taking]);
    }
  };
  const ended = await Promise.allSettled(lanes.map(work));
  const error = ended.find(({ status }) => status === 'rejected');
  if (error) throw (error as PromiseRejectedResult).reason;
}
