/** A small S3 server in memory for tests: what the service asks of one, without checks of signatures. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that runs. */
export interface S3Server {
  /** The address of its bucket for `--storage`. */
  storage: string;
  /** The objects of its bucket. */
  objects: Map<string, Buffer>;
  /** Requests that are answered with an error from now on, once each. */
  fail(count: number): void;
  close(): void;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Starts a server with the bucket `fns`. */
export async function startS3(): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  let failures = 0;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://s3');
    const [, bucket, ...parts] = decodeURIComponent(url.pathname).split('/');
    const key = parts.join('/');
    const body = await bodyOf(request);
    const end = (status: number, content: string | Buffer = '', headers: Record<string, string> = {}) =>
      response.writeHead(status, headers).end(content);
    if (failures > 0) {
      failures--;
      return end(500, '<Error><Code>InternalError</Code></Error>');
    }
    if (bucket !== 'fns') return end(404, '<Error><Code>NoSuchBucket</Code></Error>');
    if (!/^AWS4-HMAC-SHA256 Credential=key\//.test(request.headers.authorization ?? '')) {
      return end(403, '<Error><Code>AccessDenied</Code></Error>');
    }
    if (key === '') {
      if (request.method === 'HEAD') return end(200);
      const prefix = url.searchParams.get('prefix') ?? '';
      const found = [...objects.keys()].filter((name) => name.startsWith(prefix)).sort();
      const contents = found.slice(0, 1000).map((name) => `<Contents><Key>${name}</Key></Contents>`);
      return end(200, `<ListBucketResult>${contents.join('')}</ListBucketResult>`);
    }
    if (request.method === 'PUT') {
      if (body.length !== Number(request.headers['content-length'])) return end(400);
      objects.set(key, body);
      return end(200);
    }
    if (request.method === 'DELETE') {
      objects.delete(key);
      return end(204);
    }
    const object = objects.get(key);
    if (!object) return end(404, '<Error><Code>NoSuchKey</Code></Error>');
    const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (start === undefined) return end(200, object, { 'content-length': String(object.length) });
    const part = object.subarray(Number(start), Number(last) + 1);
    const range = `bytes ${start}-${Number(start) + part.length - 1}/${object.length}`;
    return end(206, part, { 'content-length': String(part.length), 'content-range': range });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    storage: `s3://key:secret@127.0.0.1:${port}/fns/test?tls=0`,
    objects,
    fail(count) {
      failures = count;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
