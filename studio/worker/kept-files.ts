/** Files that are fetched once and kept in the browser's cache: ONNX Runtime, styles, weights. */

/** The cache's name. A file whose content changes has another address (a query with its digest). */
export const KEPT = 'kept-files';

/** Told how much of a file has come. */
export type OnBytes = (received: number, total: number | undefined) => void;

/**
 * The bytes at an address: from the cache, or fetched and then kept there. A browser that has no room or no cache gets
 * them all the same.
 *
 * @throws Error with a sentence for people when it cannot be fetched.
 */
export async function keptFile(url: string, onBytes?: OnBytes): Promise<Uint8Array> {
  const cache = await openCache();
  const kept = await cache?.match(url);
  if (kept) return new Uint8Array(await kept.arrayBuffer());
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) {
    throw new Error(
      `${url.split('/').at(-1)}: ${response ? `the server answers ${response.status}` : 'offline'}`,
    );
  }
  const bytes = await readAll(response, onBytes);
  await keepFile(url, bytes, response.headers.get('content-type') ?? undefined);
  return bytes;
}

/** Keeps a file under an address, where the browser has room. */
export async function keepFile(
  url: string,
  bytes: Uint8Array,
  type = 'application/octet-stream',
): Promise<void> {
  const response = new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { 'content-type': type } });
  await (await openCache())?.put(url, response).catch(() => undefined);
}

/** Tells whether an address is in the cache. */
export async function isKept(url: string): Promise<boolean> {
  return (await (await openCache())?.match(url)) !== undefined;
}

async function openCache(): Promise<Cache | undefined> {
  return globalThis.caches?.open(KEPT).catch(() => undefined);
}

async function readAll(response: Response, onBytes: OnBytes | undefined): Promise<Uint8Array> {
  // What is compressed on its way has another length.
  const header = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
  const total = header === null ? undefined : Number(header);
  const chunks: Uint8Array[] = [];
  let received = 0;
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    received += value.length;
    onBytes?.(received, total);
  }
  const bytes = new Uint8Array(received);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
