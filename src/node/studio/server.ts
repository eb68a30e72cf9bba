/** The studio's web server, for one machine. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import sirv from 'sirv';
import { listen } from '../port.js';
import type { SiteFile, StudioSite } from './site.js';

/** Where a server listens. */
export interface ServerOptions {
  /** 8321 by default; 0 is any that is free. */
  port?: number;
  /** 127.0.0.1 by default: this machine alone. */
  host?: string;
  /** Called before the list of the site is sent, which it may change. */
  beforeList?: () => Promise<void>;
}

/** A server that runs. */
export interface StudioServer {
  /** Its address for a browser. */
  url: string;
  close(): Promise<void>;
}

export const STUDIO_PORT = 8321;

/** Names of this machine in a browser's address line. */
const LOCAL = ['localhost', '127.0.0.1', '[::1]'];

/** Every response has them: they isolate the page, without which a browser gives it no threads. */
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

const TYPES: Record<string, string> = {
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
};

/**
 * Makes what answers requests for the files of a studio.
 *
 * @param beforeList called before the list of the site is sent, which it may change
 * @returns a function that tells whether it answers: not when the site has nothing at that path
 */
export function studioHandler(
  site: StudioSite,
  beforeList?: () => Promise<void>,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const isolate = (response: ServerResponse) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  };
  const page = sirv(site.page, { etag: true, dev: false, setHeaders: isolate });
  return (request, response) => {
    const path = pathOf(request);
    if (path === '/files/styles.json') {
      isolate(response);
      void Promise.resolve(beforeList?.()).then(() => sendJson(response, site.list));
      return true;
    }
    if (path?.startsWith('/files/')) {
      const file = site.files.get(path.slice('/files/'.length));
      if (file === undefined) return false;
      isolate(response);
      void sendFile(request, response, file);
      return true;
    }
    let isThere = true;
    page(request, response, () => {
      isThere = false;
    });
    return isThere;
  };
}

/**
 * Serves a studio. Files are looked up by their whole address, so that none outside the site can be asked for, and
 * requests for another host are refused: a page elsewhere could otherwise reach this one under a name of its own (DNS
 * rebinding).
 *
 * @throws FnsError when the port is taken or the host is none of this machine.
 */
export async function startStudioServer(
  site: StudioSite,
  { port = STUDIO_PORT, host = '127.0.0.1', beforeList }: ServerOptions = {},
): Promise<StudioServer> {
  const answer = studioHandler(site, beforeList);
  // Open to other machines, it has any name that these know it by.
  const isOpen = ['0.0.0.0', '::'].includes(host);
  const hosts = new Set([...LOCAL, host]);
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (!isOpen && !hosts.has(hostName(request))) return end(response, 403, 'this host is not served here');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return end(response, 405, 'only GET is served');
    if (pathOf(request) === undefined) return end(response, 400, 'a path is needed');
    if (!answer(request, response)) end(response, 404, 'not found');
  });
  const taken = await listen(server, host, port);
  const shown = host === '127.0.0.1' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${isOpen ? 'localhost' : shown}:${taken}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The name in the Host header, without its port. */
function hostName({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
}

/** The path that is asked for, decoded; none when it makes no sense. */
function pathOf({ url = '' }: IncomingMessage): string | undefined {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-cache');
  response.end(JSON.stringify(value));
}

async function sendFile(request: IncomingMessage, response: ServerResponse, file: SiteFile): Promise<void> {
  const path = typeof file === 'string' ? file : await file().catch(() => undefined);
  const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
  if (!path || !found?.isFile()) return end(response, 404, 'not found');
  const etag = `"${found.size.toString(16)}-${found.mtimeMs.toString(16)}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', 'no-cache');
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream');
  response.setHeader('Content-Length', found.size);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const stream = createReadStream(path);
  // Half a file must not look like a whole one.
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  stream.pipe(response);
}
