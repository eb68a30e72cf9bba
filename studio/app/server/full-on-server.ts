/** The full picture of the open photo by the service: one job a look, for the stage and for files alike. */
import type { PictureType } from '../../worker/photo.js';
import { partsOf } from '../engine/look-parts.js';
import { Cancelled } from '../engine/worker-host.js';
import type { Look, Photo } from '../state.js';
import { encodedAs } from './encode.js';
import { type JobTask, ServiceUser } from './job.js';
import { pictureJob } from './job-of-look.js';

/** A picture that is asked for. */
export interface AskedPicture extends Pick<JobTask, 'signal' | 'onStep'> {
  of: Photo;
  look: Look;
}

/** The longer side of what a canvas of the page shows. */
const MOST_SHOWN = 4096;
/** Pictures that are kept, so that a look that comes again needs no job. */
const MOST_KEPT = 4;

/** A picture that is being made, or is there. */
interface Made {
  picture: Promise<Blob>;
  /** The own style that it is drawn in. */
  style: Uint8Array | undefined;
  /** How many wait for it; its job is cancelled when nobody does. */
  waiting: number;
  stop: AbortController;
}

const made = new Map<string, Made>();
let user = new ServiceUser();
let photo: Blob | undefined;

/** The picture as PNG. */
async function pictureOf(asked: AskedPicture): Promise<Blob> {
  const { of, look, signal } = asked;
  if (signal.aborted) throw new Cancelled();
  if (photo !== of.file) forgetPhoto();
  photo = of.file;
  const key = JSON.stringify(look);
  const kept = made.get(key);
  // An own style may have learned on.
  const style = partsOf(look)[0]?.entry.bytes;
  const found = kept && kept.style === style ? kept : begin(key, asked, style);
  found.waiting++;
  let isAway = false;
  return new Promise<Blob>((resolve, reject) => {
    const leave = () => {
      isAway = true;
      if (--found.waiting === 0) found.stop.abort();
      reject(new Cancelled());
    };
    signal.addEventListener('abort', leave);
    found.picture.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', leave);
      if (!isAway) found.waiting--;
    });
  });
}

function begin(key: string, { of, look, onStep }: AskedPicture, style: Uint8Array | undefined): Made {
  const stop = new AbortController();
  const { signal } = stop;
  const { inputs, options } = pictureJob(of.file, look, of, { format: 'png' });
  const picture = user.run({ kind: 'picture', inputs, options, signal, onStep });
  const begun = { picture, style, waiting: 0, stop };
  made.set(key, begun);
  if (made.size > MOST_KEPT) made.delete(made.keys().next().value!);
  // One that is cancelled is not waited for by whoever asks next.
  const drop = () => {
    if (made.get(key) === begun) made.delete(key);
  };
  signal.addEventListener('abort', drop);
  picture.catch(drop);
  return begun;
}

/** Another photo is open: what was made of the last one goes, here and there. */
function forgetPhoto(): void {
  user.close();
  user = new ServiceUser();
  made.clear();
}

/** The full picture for a canvas. */
export async function drawOnServer(asked: AskedPicture): Promise<{ bitmap: ImageBitmap; device: string }> {
  const picture = await pictureOf(asked);
  const { width, height } = asked.of;
  const scale = Math.min(1, MOST_SHOWN / Math.max(width, height));
  const small = {
    resizeWidth: Math.round(width * scale),
    resizeHeight: Math.round(height * scale),
    resizeQuality: 'high',
  } as const;
  return { bitmap: await createImageBitmap(picture, scale < 1 ? small : {}), device: 'server' };
}

/** The full picture as a file; as PNG it is the service's own. */
export async function fileFromServer(
  asked: AskedPicture,
  type: PictureType,
  quality?: number,
): Promise<Blob> {
  return encodedAs(await pictureOf(asked), type, quality);
}
