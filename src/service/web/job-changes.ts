/** Who waits for changes of jobs, and is told of them. */
import { EventEmitter } from 'node:events';
import type { Database } from '../database/database.js';
import { JOB_CHANNEL } from '../records/job.js';

/** The changes of jobs. */
export interface JobChanges {
  /** Calls back when a job may have changed. @returns what ends it */
  watch(id: string, onChange: () => void): () => void;
  /** Those who watch. */
  readonly watchers: number;
}

/** Listens to the changes of all jobs. */
export async function jobChanges(database: Database): Promise<JobChanges> {
  const emitter = new EventEmitter().setMaxListeners(0);
  let watchers = 0;
  await database.listen(JOB_CHANNEL, (id) => emitter.emit(id));
  return {
    watch(id, onChange) {
      emitter.on(id, onChange);
      watchers++;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        watchers--;
        emitter.off(id, onChange);
      };
    },
    get watchers() {
      return watchers;
    },
  };
}
