/**
 * Keeps the page for use offline, and isolates it: threads need two headers that a plain web host does not send, so they
 * are added here. What is fetched once by address (ONNX Runtime, styles) is kept by the page itself (kept-files.ts) and
 * found in the same cache.
 */
import { matchPrecache, precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { KEPT } from './worker/kept-files.js';

interface WorkerEvent {
  waitUntil(work: Promise<unknown>): void;
  /** Requests that do not pass through the worker; not in every browser. */
  addRoutes?(rules: { condition: { urlPattern: string }; source: 'network' }): Promise<void>;
}
interface WorkerScope {
  __WB_MANIFEST: { url: string; revision: string | null }[];
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
  location: Location;
}
declare const self: WorkerScope;

/** The response with the headers that isolate a page. */
function isolated(response: Response): Response {
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

self.addEventListener('install', (event) => {
  event.waitUntil(self.skipWaiting());
  // A request that a page sends as it goes would be lost here.
  event.addRoutes?.({ condition: { urlPattern: './v1/*' }, source: 'network' }).catch(() => undefined);
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

// The page and its workers, with the headers, fresh where the network is there.
registerRoute(
  ({ request }) => request.mode === 'navigate' || request.destination === 'worker',
  async ({ request }) => {
    const isPage = (request as Request).mode === 'navigate';
    const response = await fetch(request as Request).catch(() => undefined);
    const found = response ?? (await matchPrecache(isPage ? 'index.html' : (request as Request).url));
    return isolated(found ?? Response.error());
  },
);
/** The page's own files; those of a service's jobs are none. */
const files = new URL('files/', self.location.href).href;

// Lists, thumbnails and the runtime's script: from the network, else as they were the last time.
registerRoute(
  ({ url }) => url.href.startsWith(files),
  async ({ request }) => {
    const cache = await caches.open(KEPT);
    const kept = await cache.match(request as Request);
    const isLarge = /\.(wasm|onnx|safetensors)$/.test(new URL((request as Request).url).pathname);
    if (kept && isLarge) return isolated(kept);
    const response = await fetch(request as Request).catch(() => undefined);
    if (response?.ok && !isLarge) await cache.put(request as Request, response.clone());
    return isolated(response ?? kept ?? Response.error());
  },
);
precacheAndRoute(self.__WB_MANIFEST);
