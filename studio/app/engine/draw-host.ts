/** A worker that draws, as the page sees it: started when it is needed, ended and started anew to cancel. */
import { proxy, type Remote, wrap } from 'comlink';
import type { DrawWorker } from '../../worker/draw.worker.js';
import type { OnBytes } from '../../worker/kept-files.js';
import { isIos, runtimeSettings } from './device.js';

/** The reason of work that was cancelled. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled');
  }
}

/** Runs after which a worker is started anew: on iOS its memory is not given back. */
const MOST_RUNS = isIos ? 200 : Number.POSITIVE_INFINITY;

/** A worker and the photo that it draws. */
export class DrawHost {
  #worker: Worker | undefined;
  #ready: Promise<Remote<DrawWorker>> | undefined;
  /** One for each run that is not over. */
  readonly #cancels = new Set<() => void>();
  /** Runs follow each other. */
  #last: Promise<unknown> = Promise.resolve();
  #photo: Blob | undefined;
  #runs = 0;

  /**
   * @param longest the longer side that photos are reduced to; as they are without
   * @param onBytes told of ONNX Runtime's download
   */
  constructor(
    readonly longest: number | undefined,
    readonly onBytes: OnBytes,
  ) {}

  /** Sets the photo. What is being drawn is cancelled. */
  setPhoto(file: Blob): void {
    if (this.#photo === file) return;
    this.#photo = file;
    this.cancel();
  }

  /** Ends what is being computed, at once. */
  cancel(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#end();
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#ready = undefined;
  }

  /**
   * Does something in the worker, after what it was asked for before.
   *
   * @throws Cancelled when `cancel` is called meanwhile.
   */
  async run<T>(task: (worker: Remote<DrawWorker>) => Promise<T>): Promise<T> {
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
      return Promise.race([this.#start().then(task), cancelled]);
    };
    const result = Promise.race([this.#last.then(work), cancelled]);
    this.#last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#cancels.delete(cancel);
    }
  }

  #start(): Promise<Remote<DrawWorker>> {
    if (this.#ready) return this.#ready;
    const worker = new Worker(new URL('../../worker/draw.worker.ts', import.meta.url), { type: 'module' });
    this.#worker = worker;
    const remote = wrap<DrawWorker>(worker);
    const died = new Promise<never>((_, reject) => {
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message || 'the worker could not be started'));
      };
    });
    const starting = (async () => {
      await remote.start(runtimeSettings, proxy(this.onBytes));
      if (this.#photo) await remote.open(this.#photo, this.longest);
      return remote;
    })();
    this.#ready = Promise.race([starting, died]);
    // What could not be started is tried again the next time.
    this.#ready.catch(() => {
      if (this.#worker === worker) this.cancel();
    });
    return this.#ready;
  }
}
