/** The worker that teaches, as the page sees it. */
import { type Remote, wrap } from 'comlink';
import type { TeachWorker } from '../../worker/teach.worker.js';

/** A worker that lives until it is ended. */
export class TeachHost {
  readonly #thread = new Worker(new URL('../../worker/teach.worker.ts', import.meta.url), { type: 'module' });
  readonly worker: Remote<TeachWorker> = wrap<TeachWorker>(this.#thread);
  /** Rejects when the worker dies. */
  readonly #died = new Promise<never>((_, reject) => {
    this.#thread.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message || 'the worker could not be started'));
    };
  });

  constructor() {
    this.#died.catch(() => undefined);
  }

  /** What the worker answers; fails when it dies before. */
  async ask<T>(task: (worker: Remote<TeachWorker>) => Promise<T>): Promise<T> {
    return Promise.race([task(this.worker), this.#died]);
  }

  end(): void {
    this.#thread.terminate();
  }
}
