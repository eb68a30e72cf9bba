/** Many photos by the service: a few jobs at a time. */
import { Cancelled } from '../engine/worker-host.js';
import type { QueueMaker } from '../photo/make-all.js';
import type { Look } from '../state.js';
import { askJson } from './http.js';
import { ServiceUser } from './job.js';
import { pictureJob } from './job-of-look.js';

/** Jobs that wait or run at a time, unless the token allows fewer. */
const MOST = 3;
/** Of the JPEG files, as this page makes them. */
const QUALITY = 92;

/** What draws photos in a look. */
export async function makerOnServer(chosen: Look): Promise<QueueMaker> {
  const { quotas } = await askJson<{ quotas: { jobs?: number } }>({ method: 'GET', path: 'v1/usage' });
  const user = new ServiceUser();
  const stop = new AbortController();
  return {
    atOnce: Math.min(MOST, quotas.jobs ?? MOST),
    async draw(file) {
      const size = await sizeOf(file);
      if (stop.signal.aborted) throw new Cancelled();
      const job = pictureJob(file, chosen, size, { format: 'jpg', quality: QUALITY });
      return user.run({ kind: 'picture', ...job, signal: stop.signal });
    },
    close() {
      stop.abort();
      user.close();
    },
  };
}

/** The size of a photo. The service may read what this browser cannot: then it is taken for a small one. */
async function sizeOf(file: Blob): Promise<{ width: number; height: number }> {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
    return { width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    return { width: 1, height: 1 };
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
