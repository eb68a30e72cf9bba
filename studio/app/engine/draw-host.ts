/** The worker that draws photos, and the photo that it draws. */
import { proxy, type Remote } from 'comlink';
import type { DrawWorker } from '../../worker/draw.worker.js';
import type { OnBytes } from '../../worker/kept-files.js';
import { runtimeSettings } from './device.js';
import { WorkerHost } from './worker-host.js';

export { Cancelled } from './worker-host.js';

/** A worker and the photo that it draws. */
export class DrawHost extends WorkerHost<DrawWorker> {
  #photo: Blob | undefined;

  /**
   * @param longest the longer side that photos are reduced to; as they are without
   * @param onBytes told of ONNX Runtime's download
   */
  constructor(
    readonly longest: number | undefined,
    readonly onBytes: OnBytes,
  ) {
    super();
  }

  /** Sets the photo. What is being drawn is cancelled. */
  setPhoto(file: Blob): void {
    if (this.#photo === file) return;
    this.#photo = file;
    this.prepareNext((worker) => worker.open(file, this.longest));
  }

  protected create(): Worker {
    return new Worker(new URL('../../worker/draw.worker.ts', import.meta.url), { type: 'module' });
  }

  protected async prepare(worker: Remote<DrawWorker>): Promise<void> {
    await worker.start(runtimeSettings, proxy(this.onBytes));
    if (this.#photo) await worker.open(this.#photo, this.longest);
  }
}
