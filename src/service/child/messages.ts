/** What a worker and the process that runs its jobs tell each other. */
import type { JobEvent } from '../../jobs/job.js';
import type { KindResult, KindRun } from '../kinds/kind.js';

/** A job for the process. */
export interface RunMessage
  extends Pick<KindRun, 'options' | 'inputs' | 'part' | 'parts' | 'out' | 'work' | 'limits' | 'machine'> {
  type: 'run';
  kind: string;
}

/** What the process is told. `stop`: end with a checkpoint, if the job can. */
export type ToChild = RunMessage | { type: 'stop' };

/** What the process tells. */
export type FromChild =
  | { type: 'ready' }
  | { type: 'event'; event: JobEvent }
  | { type: 'checkpoint'; path: string }
  | { type: 'done'; result: KindResult }
  /** `isOwn`: the error is one of what the job was given, which would come again. */
  | { type: 'failed'; message: string; isOwn: boolean };
