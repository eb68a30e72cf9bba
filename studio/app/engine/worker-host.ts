/** A worker, as the page sees it: started when it is needed, ended and started anew to cancel. */
import { type Remote, wrap } from 'comlink';
import { isIos } from './device.js';

/** The reason of work that was cancelled. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled');
  }
}

/** Runs after which a worker is started anew: on iOS its memory is not given back. */
const MOST_RUNS = isIos ? 200 : Number.POSITIVE_INFINITY;

/** A worker with functions of type `T`. */
export abstract class WorkerHost<T> {
  #worker: Worker | undefined;
  #ready: Promise<Remote<T>> | undefined;
  /** Rejects when the worker dies. */
  #died: Promise<never> | undefined;
  /** One for each run that is not over. */
  readonly #cancels = new Set<() => void>();
  /** Runs follow each other. */
  #last: Promise<unknown> = Promise.resolve();
  #runs = 0;

  /** Starts the worker. */
  protected abstract create(): Worker;

  /** Does in a new worker what comes before all else. */
  protected abstract prepare(worker: Remote<T>): Promise<void>;

  /** Ends what is being computed, at once. */
  cancel(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#end();
  }

  /**
   * Does something before the next run, in the worker that is there: a new one is slow at first. Without one there is
   * nothing to do, and what is being computed is cancelled together with its worker.
   */
  protected prepareNext(step: (worker: Remote<T>) => Promise<unknown>): void {
    if (this.#cancels.size > 0) this.cancel();
    if (!this.#ready) return;
    const worker = this.#worker;
    this.#ready = this.#ready.then(async (remote) => {
      await step(remote);
      return remote;
    });
    this.#endAfterFailure(this.#ready, worker);
  }

  /** What could not be prepared is tried again the next time, in a new worker. */
  #endAfterFailure(work: Promise<unknown>, worker: Worker | undefined): void {
    work.catch(() => {
      if (this.#worker === worker) this.#end();
    });
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#ready = undefined;
    this.#died = undefined;
  }

  /**
   * Does something in the worker, after what it was asked for before.
   *
   * @throws Cancelled when `cancel` is called meanwhile.
   */
  async run<R>(task: (worker: Remote<T>) => Promise<R>): Promise<R> {
    let cancel!: () => void;
    const cancelled = new Promise<never>((_, reject) => {
      cancel = () => reject(new Cancelled());
    });
    this.#cancels.add(cancel);
    const work = async () => {
      if (!this.#cancels.has(cancel)) throw new Cancelled();
      if (++this.#runs > MOST_RUNS) {
        this.#runs = 0;
        this.#end();
      }
      const ready = this.#start();
      return Promise.race([ready.then(task), this.#died!, cancelled]);
    };
    const result = Promise.race([this.#last.then(work), cancelled]);
    this.#last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#cancels.delete(cancel);
    }
  }

  #start(): Promise<Remote<T>> {
    if (this.#ready) return this.#ready;
    const worker = this.create();
    this.#worker = worker;
    const remote = wrap<T>(worker);
    this.#died = new Promise<never>((_, reject) => {
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message || 'the worker could not be started'));
      };
    });
    this.#ready = this.prepare(remote).then(() => remote);
    this.#endAfterFailure(this.#ready, worker);
    this.#endAfterFailure(this.#died, worker);
    return this.#ready;
  }
}
