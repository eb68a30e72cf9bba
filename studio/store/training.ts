/**
 * The training that can be gone on with after a reload, a crash or a night: in the browser's private file system. Each
 * file is written under another name and moved when it is whole, so that a tab that is killed leaves the last whole one.
 */
import type { Image } from 'fast-neural-style/browser';

/** A size in pixels. */
interface Size {
  width: number;
  height: number;
}

/** What a training is of, besides its pictures. */
export interface TrainingRecord<Settings> {
  /** The name of the painting's file. */
  name: string;
  settings: Settings;
  painting: Size;
  photos: Size[];
  /** Milliseconds since 1970. */
  begun: number;
}

/** The losses of each step so far: all, content, style; after their weights. */
export type LossHistory = [total: number, content: number, style: number][];

/** A point that a training can go on from. */
export interface TrainingPoint {
  step: number;
  checkpoint: Uint8Array;
  losses: LossHistory;
}

const FOLDER = 'training';
/** What the training is of: a folder without it has none. */
const RECORD = 'training.json';
const POINT = /^checkpoint-(\d+)$/;

/** The folder; made where it is missing, if that is asked for. */
async function openFolder(create: boolean): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create });
}

/** What workers can do with a file of this system, which TypeScript does not know. */
interface WorkerFile extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<{
    truncate(size: number): void;
    write(bytes: Uint8Array, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
  move?(name: string): Promise<void>;
}

/** Writes a new file whole, or not at all. For workers. */
async function writeFile(
  folder: FileSystemDirectoryHandle,
  name: string,
  parts: Iterable<Uint8Array>,
): Promise<void> {
  const handle = (await folder.getFileHandle(`${name}.part`, { create: true })) as WorkerFile;
  const access = await handle.createSyncAccessHandle();
  try {
    access.truncate(0);
    let at = 0;
    for (const part of parts) at += access.write(part, { at });
    access.flush();
  } finally {
    access.close();
  }
  if (!handle.move) throw new Error('this browser cannot move files');
  await handle.move(name);
}

async function readBytes(folder: FileSystemDirectoryHandle, name: string): Promise<Uint8Array> {
  const file = await (await folder.getFileHandle(name)).getFile();
  return new Uint8Array(await file.arrayBuffer());
}

const encoded = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const decoded = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));

/** Keeps a new training in place of the one that was there. For workers. */
export async function writeTraining<Settings>(
  { name, settings, begun }: Pick<TrainingRecord<Settings>, 'name' | 'settings' | 'begun'>,
  painting: Image,
  photos: readonly Image[],
  preview: Blob,
): Promise<void> {
  await deleteTraining();
  const folder = await openFolder(true);
  const size = ({ width, height }: Image): Size => ({ width, height });
  const record = { name, settings, begun, painting: size(painting), photos: photos.map(size) };
  const all = [painting, ...photos];
  await writeFile(
    folder,
    'pictures',
    all.map(({ data }) => data),
  );
  await writePreviewPhoto(preview, folder);
  // Last, because a training without it is none.
  await writeFile(folder, RECORD, [encoded(record)]);
}

/** Keeps another photo for the preview. For workers. */
export async function writePreviewPhoto(photo: Blob, folder?: FileSystemDirectoryHandle): Promise<void> {
  const place = folder ?? (await openFolder(false));
  await place.removeEntry('preview').catch(() => undefined);
  await writeFile(place, 'preview', [new Uint8Array(await photo.arrayBuffer())]);
}

/** Keeps a point, and deletes those before it. For workers. */
export async function writePoint({ step, checkpoint, losses }: TrainingPoint): Promise<void> {
  const folder = await openFolder(false);
  const history = encoded(losses);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, history.length, true);
  const before = await pointsIn(folder);
  // A training that went on from an older point comes by this one again.
  if (before.includes(step)) await folder.removeEntry(`checkpoint-${step}`);
  await writeFile(folder, `checkpoint-${step}`, [length, history, checkpoint]);
  for (const old of before) if (old !== step) await folder.removeEntry(`checkpoint-${old}`);
}

async function pointsIn(folder: FileSystemDirectoryHandle): Promise<number[]> {
  const steps: number[] = [];
  for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) {
    const point = POINT.exec(name);
    if (point) steps.push(Number(point[1]));
  }
  return steps.sort((a, b) => a - b);
}

/** A training that is kept. */
export interface StoredTraining<Settings> extends TrainingRecord<Settings> {
  /** The step of its last point; 0 before the first. */
  step: number;
}

/** The training that is kept, if there is one. */
export async function readTraining<Settings>(): Promise<StoredTraining<Settings> | undefined> {
  try {
    const folder = await openFolder(false);
    const record: TrainingRecord<Settings> = decoded(await readBytes(folder, RECORD));
    return { ...record, step: (await pointsIn(folder)).at(-1) ?? 0 };
  } catch {
    return undefined;
  }
}

/** The last point of the training that is kept, if it came to one. */
export async function readPoint(): Promise<TrainingPoint | undefined> {
  const folder = await openFolder(false);
  const step = (await pointsIn(folder)).at(-1);
  if (step === undefined) return undefined;
  const bytes = await readBytes(folder, `checkpoint-${step}`);
  const begin = 4 + new DataView(bytes.buffer).getUint32(0, true);
  return { step, losses: decoded(bytes.subarray(4, begin)), checkpoint: bytes.slice(begin) };
}

/** The pictures of the training that is kept. */
export async function readPictures({
  painting,
  photos,
}: Pick<TrainingRecord<unknown>, 'painting' | 'photos'>): Promise<{ painting: Image; photos: Image[] }> {
  const bytes = await readBytes(await openFolder(false), 'pictures');
  let at = 0;
  const [first, ...others] = [painting, ...photos].map(({ width, height }): Image => {
    const data = bytes.subarray(at, at + 3 * width * height);
    at += data.length;
    return { width, height, data };
  });
  return { painting: first!, photos: others };
}

/** The photo that the preview is drawn of. */
export async function readPreviewPhoto(): Promise<Blob> {
  return (await (await openFolder(false)).getFileHandle('preview')).getFile();
}

/** Throws the training away. */
export async function deleteTraining(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  // First what makes it one: a worker that is ended just now may still hold another of its files.
  const folder = await root.getDirectoryHandle(FOLDER).catch(() => undefined);
  await folder?.removeEntry(RECORD).catch(() => undefined);
  await root.removeEntry(FOLDER, { recursive: true }).catch(() => undefined);
}
