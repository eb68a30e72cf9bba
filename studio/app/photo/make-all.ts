/** Draws many photos in the look that is chosen, into a zip file. */
import { Zip, ZipPassThrough } from 'fflate';
import { Cancelled, DrawHost } from '../engine/draw-host.js';
import { fullLook } from '../engine/drawing.js';
import { look } from '../state.js';
import { pictureName } from './save.js';

interface MakeAllOptions {
  signal: AbortSignal;
  /** Told how many are done, failed ones too. */
  onDone(count: number): void;
  onFailed(name: string, error: unknown): void;
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
 * Draws photos one after the other as JPEG.
 *
 * @returns the zip file; nothing when none could be drawn
 * @throws Cancelled when the signal is aborted.
 */
export async function makeAll(files: readonly File[], options: MakeAllOptions): Promise<Blob | undefined> {
  const { signal, onDone, onFailed } = options;
  const host = new DrawHost(undefined, () => undefined);
  const abort = () => host.cancel();
  signal.addEventListener('abort', abort);
  const chosen = look.value;
  const chunks: Blob[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    // As a blob, a browser may keep it on disk.
    chunks.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
  });
  const taken = new Set<string>();
  try {
    for (const [i, file] of files.entries()) {
      if (signal.aborted) throw new Cancelled();
      try {
        const { width, height } = await host.run((worker) => worker.open(file));
        const picture = await host.run((worker) =>
          worker.file(fullLook(chosen, { width, height }), 'image/jpeg'),
        );
        const entry = new ZipPassThrough(freeName(pictureName(file.name, 'image/jpeg'), taken));
        zip.add(entry);
        entry.push(new Uint8Array(await picture.arrayBuffer()), true);
      } catch (error) {
        if (error instanceof Cancelled) throw error;
        onFailed(file.name, error);
      }
      onDone(i + 1);
    }
    if (taken.size === 0) return undefined;
    zip.end();
    return new Blob(chunks, { type: 'application/zip' });
  } finally {
    signal.removeEventListener('abort', abort);
    host.cancel();
  }
}
