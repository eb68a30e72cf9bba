import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FnsError, failure, usage } from '../../core/errors.js';
import { type FloatTensor, readSafetensors, writeSafetensors } from '../../core/safetensors.js';
import type { VggName } from '../../nets/vgg-layers.js';
import {
  makeFolder,
  readFailure,
  requireFolderFor,
  writeFailure,
  writeFileAtomically,
} from '../media/files.js';
import { convertKerasVgg } from './keras.js';
import { checkVggTensors, defaultCacheDir, vggTensorShapes } from './vgg-weights.js';

/** Bytes that have arrived, and in all (undefined when the server does not say). */
export type OnProgress = (received: number, total: number | undefined) => void;

/** How `downloadFile` behaves. */
export interface DownloadOptions {
  /** Expected MD5 in hexadecimal; without it the content is not checked. */
  md5?: string;
  onProgress?: OnProgress;
  /** Aborting stops the download; what has arrived is kept. */
  signal?: AbortSignal;
  /** Milliseconds before each new attempt after a lost connection. Default three attempts more: 0.5 s, 2 s, 5 s. */
  retryAfter?: number[];
}

/**
 * Downloads `url` to `target`. What arrives is kept in `target` + `.part`; a lost connection is taken up again where it
 * broke (HTTP Range), a few times at once and in any later call. The target appears only when complete and verified;
 * one that is already there with the right checksum is left as it is.
 * Throws FnsError: the server refuses, the connection stays lost, the checksum is wrong (the partial file
 * is deleted then), the disk is full, or `signal` was aborted.
 */
export async function downloadFile(
  url: string,
  target: string,
  { md5, onProgress, signal, retryAfter = [500, 2000, 5000] }: DownloadOptions = {},
): Promise<void> {
  const part = `${target}.part`;
  await requireFolderFor(target);
  if (md5 !== undefined && (await md5OfFile(target).catch(() => undefined)) === md5) return;
  for (let attempt = 0; ; attempt++) {
    const problem = await fetchRest(url, part, onProgress, signal);
    if (problem === undefined) break;
    const resumes = 'running it again continues where it stopped';
    if (signal?.aborted) throw failure(`the download of ${url} was stopped; ${resumes}`);
    const pause = retryAfter[attempt];
    if (pause === undefined) throw failure(`cannot download ${url}: ${problem}; ${resumes}`);
    // An abort ends the pause too; the next attempt then notices it.
    await sleep(pause, undefined, { signal }).catch(() => {});
  }
  if (md5 !== undefined) {
    const actual = await md5OfFile(part);
    if (actual !== md5) {
      await rm(part, { force: true });
      throw failure(`${url} arrived with the MD5 checksum ${actual}, expected ${md5}: deleted, run it again`);
    }
  }
  await rename(part, target).catch((error: unknown) => {
    throw writeFailure(target, error);
  });
}

/**
 * One attempt: appends what is missing to the partial file. Returns undefined when it is complete, or what went wrong
 * if trying again may help. Throws FnsError for what it will not help against.
 */
async function fetchRest(
  url: string,
  part: string,
  onProgress: OnProgress | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const have = await stat(part).then(
    ({ size }) => size,
    () => 0,
  );
  let response: Response;
  try {
    response = await fetch(url, {
      // Compressed bytes would fit neither the length nor the range.
      headers: { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
      signal: signal ?? null,
    });
  } catch (error) {
    return connectionReason(error);
  }
  if (response.status === 416 && have > 0) {
    await response.body?.cancel();
    // Nothing follows what is here: it is complete, or the file on the server is shorter and other than before.
    if (lengthFromRange(response) === have) return undefined;
    await rm(part, { force: true });
    return 'the partial file did not fit the file on the server';
  }
  if (response.status >= 500 || response.status === 429) {
    await response.body?.cancel();
    return `the server answers ${response.status} ${response.statusText}`.trimEnd();
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw failure(
      `cannot download ${url}: the server answers ${response.status} ${response.statusText}`.trimEnd(),
    );
  }
  // A server that ignores Range answers 200 with the whole file, one that misreads it with another start.
  const continues = response.status === 206 && rangeStart(response) === have;
  if (response.status === 206 && !continues) {
    await response.body.cancel();
    await rm(part, { force: true });
    return 'the server sent another part of the file than asked for';
  }
  return store(response, part, continues ? have : 0, onProgress);
}

async function store(
  response: Response,
  part: string,
  start: number,
  onProgress: OnProgress | undefined,
): Promise<string | undefined> {
  const length = response.headers.get('content-length');
  const total = length === null ? undefined : start + Number(length);
  let file: FileHandle | undefined;
  let received = start;
  try {
    file = await open(part, start > 0 ? 'a' : 'w').catch((error: unknown) => {
      throw writeFailure(part, error);
    });
    onProgress?.(received, total);
    const reader = response.body!.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      await file.writeFile(value).catch(async (error: unknown) => {
        await reader.cancel();
        throw writeFailure(part, error);
      });
      received += value.byteLength;
      onProgress?.(received, total);
    }
    await file.sync().catch((error: unknown) => {
      throw writeFailure(part, error);
    });
  } catch (error) {
    if (error instanceof FnsError) throw error;
    return connectionReason(error);
  } finally {
    await file?.close();
  }
  return total !== undefined && received < total ? 'the connection was lost' : undefined;
}

function rangeStart(response: Response): number | undefined {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match ? Number(match[1]) : undefined;
}

function lengthFromRange(response: Response): number | undefined {
  const match = /^bytes \*\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  return match ? Number(match[1]) : undefined;
}

const connectionReasons: Record<string, string> = {
  ENOTFOUND: 'the server is not known (is there a network connection?)',
  EAI_AGAIN: 'the server is not known (is there a network connection?)',
  ECONNREFUSED: 'the connection was refused',
  ETIMEDOUT: 'the server does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'the server does not answer',
};

/** fetch says only 'fetch failed' or 'terminated'; the system's code is in the cause. */
function connectionReason(error: unknown): string {
  const code = (error as { cause?: { code?: string } }).cause?.code;
  return connectionReasons[code ?? ''] ?? `the connection was lost${code ? ` (${code})` : ''}`;
}

async function md5OfFile(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const published = 'https://storage.googleapis.com/tensorflow/keras-applications';

/** MD5 of the files that Keras publishes. */
const checksums: Record<VggName, { features: string; classifier: string }> = {
  vgg16: { features: '6d6bbae143d832006294945121d1f1fc', classifier: '64373286793e3c8b2b4e3219cbf3544b' },
  vgg19: { features: '253f8cb515780f3b799900260a226db6', classifier: 'cbe5617147190e668d6c5d5026f83318' },
};

/** Where `fetchVggWeights` takes the weights from and puts them. */
export interface FetchOptions {
  /** A local .h5 (Keras) or .safetensors file instead of the download. */
  from?: string;
  /** Also the fully connected layers fc6, fc7, fc8, ten times the size. Default false. */
  classifier?: boolean;
  /** Folder with `vgg16/` and `vgg19/`. Default the environment's FNS_WEIGHTS_URL, else Keras' own server. */
  baseUrl?: string;
  /** Expected MD5 of the downloaded file. Default that of the published one. */
  md5?: string;
  /** Default the user's cache folder. Created when missing. */
  cacheDir?: string;
  onProgress?: OnProgress;
  signal?: AbortSignal;
  retryAfter?: number[];
}

/**
 * Puts the weights of a VGG network into the cache folder as `vgg16.safetensors` or `vgg19.safetensors`, where
 * `loadVggWeights` finds them: downloaded from Keras and converted, or taken from a local file. Returns the path. When
 * the cache already has all that is asked for and no `from` is given, nothing is downloaded.
 * Throws FnsError like `downloadFile`, or when the file holds other weights.
 */
export async function fetchVggWeights(network: VggName, options: FetchOptions = {}): Promise<string> {
  const { from, classifier = false, cacheDir = defaultCacheDir() } = options;
  await makeFolder(cacheDir);
  const target = join(cacheDir, `${network}.safetensors`);
  if (from === undefined && (await hasWeights(network, target, classifier))) return target;
  const source = from ?? (await download(network, cacheDir, options));
  const tensors = await readWeights(network, source, classifier);
  const metadata = {
    network,
    source: 'Simonyan & Zisserman, VGG ILSVRC-2014; CC BY 4.0',
    layout: 'OIHW, RGB input',
    preprocessing: 'rgb in 0..255 minus (123.68, 116.779, 103.939); zero padding 1; max pool 2x2 stride 2',
  };
  await writeFileAtomically(target, writeSafetensors(tensors, metadata));
  if (from === undefined) await rm(source, { force: true });
  return target;
}

/** Tells a sound file with all convolutions of the network, and the classifier if that is wanted. */
async function hasWeights(network: VggName, path: string, classifier: boolean): Promise<boolean> {
  const tensors = await readWeights(network, path, classifier).catch(() => undefined);
  return [...vggTensorShapes(network).keys()].every((name) => name.startsWith('fc') || tensors?.has(name));
}

async function download(network: VggName, cacheDir: string, options: FetchOptions): Promise<string> {
  const { classifier = false, baseUrl = process.env.FNS_WEIGHTS_URL || published } = options;
  const name = `${network}_weights_tf_dim_ordering_tf_kernels${classifier ? '' : '_notop'}.h5`;
  const target = join(cacheDir, name);
  const { md5 = checksums[network][classifier ? 'classifier' : 'features'] } = options;
  await downloadFile(`${baseUrl.replace(/\/+$/, '')}/${network}/${name}`, target, { ...options, md5 });
  return target;
}

/** The tensors of a local weights file in the order of the network's layers, checked to be that network's. */
async function readWeights(
  network: VggName,
  path: string,
  classifier: boolean,
): Promise<Map<string, FloatTensor>> {
  const extension = extname(path).toLowerCase();
  let tensors: Map<string, FloatTensor>;
  if (extension === '.safetensors') {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw readFailure(path, error);
    });
    tensors = readSafetensors(bytes, path).tensors;
  } else if (extension === '.h5' || extension === '.hdf5') {
    await stat(path).catch((error: unknown) => {
      throw readFailure(path, error);
    });
    tensors = await convertKerasVgg(path, { classifier });
  } else {
    throw usage(`cannot take weights from ${path}: give a .h5 file of Keras or a .safetensors file`);
  }
  checkVggTensors(network, tensors, path);
  if (classifier && !tensors.has('fc8.weight'))
    throw failure(`${path}: there is no classifier (fc6, fc7, fc8) in it`);
  const wanted = [...vggTensorShapes(network).keys()].filter((name) => classifier || !name.startsWith('fc'));
  return new Map(wanted.flatMap((name) => (tensors.has(name) ? [[name, tensors.get(name)!]] : [])));
}
