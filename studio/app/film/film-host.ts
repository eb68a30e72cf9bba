/** The worker that draws frames. */
import { proxy, type Remote, transfer } from 'comlink';
import type { DrawnFrame, FilmLook, FilmWorker, FrameShape } from '../../worker/film.worker.js';
import type { SteadyRun } from '../../worker/steady.js';
import { runtimeSettings } from '../engine/device.js';
import { onRuntime } from '../engine/on-runtime.js';
import { WorkerHost } from '../engine/worker-host.js';

export class FilmHost extends WorkerHost<FilmWorker> {
  /**
   * Draws a frame, which is closed.
   *
   * @throws Cancelled when `cancel` is called meanwhile.
   */
  async frame(
    frame: ImageBitmap | VideoFrame,
    look: FilmLook,
    shape: FrameShape,
    steady?: SteadyRun,
  ): Promise<DrawnFrame> {
    try {
      return await this.run((worker) => worker.frame(transfer(frame, [frame]), look, shape, steady));
    } finally {
      frame.close();
    }
  }

  protected create(): Worker {
    return new Worker(new URL('../../worker/film.worker.ts', import.meta.url), { type: 'module' });
  }

  protected async prepare(worker: Remote<FilmWorker>): Promise<void> {
    await worker.start(runtimeSettings, proxy(onRuntime));
  }
}
