import type { HostTensor, OpenSession, Session, SessionOptions } from '../runtime/session.js';
import type { StepModel } from './step-model.js';

/** Height and width of pictures. */
export type PictureSize = readonly [number, number];

/** The session of the training graph of one size. */
export interface SizedSession {
  /** Without the model itself: it holds the loss network's weights, which the session has by then. */
  step: Omit<StepModel, 'model'>;
  session: Session;
}

/** Options of sessions of several sizes. */
export interface SizedSessionOptions {
  build(size: PictureSize): StepModel;
  /** The state before the first step. */
  start: Readonly<Record<string, HostTensor>>;
  openSession: OpenSession;
  session?: SessionOptions;
}

/** One session for each size of the batches; the state moves from the one used last to the one wanted. */
export function sizedSessions({ build, start, openSession, session: options }: SizedSessionOptions) {
  const opened = new Map<string, SizedSession>();
  let last: SizedSession | undefined;
  return {
    async open(size: PictureSize): Promise<SizedSession> {
      const key = size.join('x');
      let wanted = opened.get(key);
      if (wanted && wanted === last) return wanted;
      if (!wanted) {
        const { model, ...step } = build(size);
        wanted = { step, session: await openSession(model, { ...options, state: step.state }) };
        opened.set(key, wanted);
      }
      await wanted.session.writeState(last ? await last.session.readState() : start);
      last = wanted;
      return wanted;
    },
    async close(): Promise<void> {
      await Promise.all([...opened.values()].map(({ session }) => session.close()));
    },
  };
}
