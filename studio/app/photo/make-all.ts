/** Draws many photos in the look that is chosen, into a zip file. */
import { Zip, ZipPassThrough } from 'fflate';
import { Cancelled, DrawHost } from '../engine/draw-host.js';
import { fullLook } from '../engine/look-parts.js';
import { ServiceFailure } from '../server/failure.js';
import { drawsOnServer } from '../server/service.js';
import { type Look, look } from '../state.js';
import { pictureName } from './save.js';

interface MakeAllOptions {
  signal: AbortSignal;
  /** Told how many are done, failed ones too. */
  onDone(count: number): void;
  onFailed(name: string, error: unknown): void;
}

/** What draws the photos of a queue. */
export interface QueueMaker {
  /** So many at a time. */
  atOnce: number;
  /** The picture of a photo as JPEG. */
  draw(file: File): Promise<Blob>;
  /** Ends it, with what is being drawn. */
  close(): void;
}

/** The worker of this page, which does one after the other. */
function makerHere(chosen: Look): QueueMaker {
  const host = new DrawHost(undefined, () => undefined);
  return {
    atOnce: 1,
    // In one run: a worker that is started anew in between would have no photo.
    draw: (file) =>
      host.run(async (worker) => {
        const size = await worker.open(file);
        return worker.file(fullLook(chosen, size), 'image/jpeg');
      }),
    close: () => host.cancel(),
  };
}

/** Photos of one name get numbers. */
function freeName(name: string, taken: Set<string>): string {
  const [, base, ending] = /^(.*)(\.[^.]+)$/.exec(name)!;
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${base}-${i}${ending}`;
  taken.add(free);
  return free;
}

/**
 * Draws photos as JPEG, here or on the server. When the server does no more, what is done is given.
 *
 * @returns the zip file; nothing when none could be drawn
 * @throws Cancelled when the signal is aborted.
 */
export async function makeAll(files: readonly File[], options: MakeAllOptions): Promise<Blob | undefined> {
  const { signal, onDone, onFailed } = options;
  const chosen = look.value;
  const names = files.map(({ name }) => pictureName(name, 'image/jpeg'));
  const maker = drawsOnServer.value
    ? await (await import('../server/queue-on-server.js')).makerOnServer(chosen)
    : makerHere(chosen);
  const abort = () => maker.close();
  signal.addEventListener('abort', abort);
  const chunks: Blob[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    // As a blob, a browser may keep it on disk.
    chunks.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
  });
  const taken = new Set<string>();
  const begun: Promise<Blob>[] = [];
  try {
    for (const [i, file] of files.entries()) {
      if (signal.aborted) throw new Cancelled();
      for (const next of files.slice(begun.length, i + maker.atOnce)) {
        const picture = maker.draw(next);
        // It is waited for in its turn.
        picture.catch(() => undefined);
        begun.push(picture);
      }
      try {
        const picture = await begun[i]!;
        const entry = new ZipPassThrough(freeName(names[i]!, taken));
        zip.add(entry);
        entry.push(new Uint8Array(await picture.arrayBuffer()), true);
      } catch (error) {
        if (error instanceof Cancelled) throw error;
        onFailed(file.name, error);
        if (error instanceof ServiceFailure && error.isOfAll) break;
      }
      onDone(i + 1);
    }
    if (taken.size === 0) return undefined;
    zip.end();
    return new Blob(chunks, { type: 'application/zip' });
  } finally {
    signal.removeEventListener('abort', abort);
    maker.close();
  }
}
