import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** A web site for the tests. */
export interface Site {
  url: string;
  close(): Promise<void>;
}

/**
 * Serves a page with the library as a bundler makes it, ONNX Runtime's WebAssembly files under `/ort/`, and the given
 * files. Its headers isolate the page, without which a browser gives no shared memory and so no threads.
 */
export async function serve(files: Readonly<Record<string, Uint8Array>>): Promise<Site> {
  const bundle = await build({
    entryPoints: [here('page.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['browser'],
    write: false,
    logLevel: 'warning',
  });
  const content: Record<string, Uint8Array> = {
    ...files,
    '/': new TextEncoder().encode(
      '<!doctype html><title>test</title><script type=module src=/page.js></script>',
    ),
    '/page.js': bundle.outputFiles[0]!.contents,
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://localhost').pathname;
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    response.setHeader('Content-Type', TYPES[extname(path) || '.html'] ?? 'application/octet-stream');
    const runtime = /^\/ort\/([\w.-]+)$/.exec(path);
    const file = runtime && here(`../../node_modules/onnxruntime-web/dist/${runtime[1]}`);
    if (path in content) response.end(content[path]);
    else if (file && existsSync(file)) createReadStream(file).pipe(response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
