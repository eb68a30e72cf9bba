/** Files that are dropped anywhere, pasted or chosen: photos, many photos, styles. */
import { fromEvent } from 'file-selector';
import { openPhotos } from '../photo/open-photo.js';
import { view } from '../state.js';
import { addStyleFiles } from '../styles/add-style.js';

/** Names of files that hold a network. */
const STYLE_FILE = /\.(onnx|pth|pt|t7|model|npz|ckpt|meta|index|data-\d+-of-\d+|zip)$/i;

/** A view that takes dropped files itself. */
type Taker = (files: File[]) => void;
const takers = new Map<string, Taker>();

/** Videos that were dropped on another view, until that of videos is there. */
let waiting: File[] = [];

/** A view says that it takes the files that are dropped while it is open; returns how to end that. */
export function takeFiles(name: string, taker: Taker): () => void {
  takers.set(name, taker);
  if (name === 'video' && waiting.length > 0) taker(waiting.splice(0));
  return () => takers.delete(name);
}

/** Takes files to where they belong. */
export async function giveFiles(files: File[]): Promise<void> {
  const networks = files.filter(({ name }) => STYLE_FILE.test(name));
  const others = files.filter((file) => !networks.includes(file));
  if (networks.length > 0) await addStyleFiles(networks);
  if (others.length === 0) return;
  const videos = others.filter(({ type }) => type.startsWith('video/'));
  if (videos.length > 0 && view.value !== 'video') {
    waiting = videos;
    view.value = 'video';
    return;
  }
  const taker = takers.get(view.value);
  if (taker) taker(others);
  else {
    view.value = 'photo';
    await openPhotos(others);
  }
}

/** Lets the person choose files. */
export function chooseFiles({
  accept = '',
  multiple = true,
  capture = false,
  folder = false,
} = {}): Promise<File[]> {
  const input = document.createElement('input');
  Object.assign(input, { type: 'file', accept, multiple });
  if (folder) input.webkitdirectory = true;
  if (capture) input.setAttribute('capture', 'environment');
  return new Promise((resolve) => {
    input.addEventListener('change', () => resolve([...(input.files ?? [])]));
    input.addEventListener('cancel', () => resolve([]));
    input.click();
  });
}

/** Takes what is dropped on the page and pasted into it, from now on. */
export function listenForFiles(): void {
  const root = document.documentElement;
  let depth = 0;
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    depth++;
    root.dataset.dropping = '';
  });
  addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) delete root.dataset.dropping;
  });
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener('drop', async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    delete root.dataset.dropping;
    // Folders are walked.
    const found = await fromEvent(event);
    await giveFiles(found.filter((file): file is typeof file & File => file instanceof File));
  });
  addEventListener('paste', async (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    await giveFiles(files);
  });
}
