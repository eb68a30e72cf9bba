/** A small S3 server in memory for tests: what the service asks of one, without checks of signatures. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that runs. */
export interface S3Server {
  /** The address of its bucket for `--storage`. */
  storage: string;
  /** The objects of its bucket. */
  objects: Map<string, Buffer>;
  /** How many files were sent in parts, and how many of them are not whole. */
  partly(): { begun: number; unfinished: number };
  /** Requests that are answered with an error from now on, once each. */
  fail(count: number): void;
  /** Answers all requests of a method with an error that is no use to ask again after. */
  refuse(method: string): void;
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
  /** The parts of files that are not whole yet, by upload. */
  const uploads = new Map<string, Map<number, Buffer>>();
  let begun = 0;
  let failures = 0;
  let refused = '';
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://s3');
    const [, bucket, ...parts] = decodeURIComponent(url.pathname).split('/');
    const key = parts.join('/');
    // Whoever sends may be killed before the end.
    const body = await bodyOf(request).catch(() => undefined);
    if (!body) return;
    const end = (status: number, content: string | Buffer = '', headers: Record<string, string> = {}) =>
      response.writeHead(status, headers).end(content);
    if (failures > 0) {
      failures--;
      return end(500, '<Error><Code>InternalError</Code></Error>');
    }
    if (request.method === refused) return end(403, '<Error><Code>AccessDenied</Code></Error>');
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
    const upload = url.searchParams.get('uploadId');
    if (request.method === 'POST' && url.searchParams.has('uploads')) {
      const id = `upload-${begun++}`;
      uploads.set(id, new Map());
      return end(
        200,
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    if (upload !== null) {
      const parts = uploads.get(upload);
      if (!parts) return end(404, '<Error><Code>NoSuchUpload</Code></Error>');
      if (request.method === 'PUT') {
        const number = Number(url.searchParams.get('partNumber'));
        parts.set(number, body);
        return end(200, '', { etag: `"${number}"` });
      }
      uploads.delete(upload);
      if (request.method === 'DELETE') return end(204);
      const asked = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map(
        ([, n]) => parts.get(Number(n))!,
      );
      // S3 takes no part but the last below 5 MiB.
      if (asked.slice(0, -1).some((part) => part.length < 5 * 2 ** 20)) return end(400);
      objects.set(key, Buffer.concat(asked));
      return end(200, '<CompleteMultipartUploadResult><ETag>"all"</ETag></CompleteMultipartUploadResult>');
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
    partly: () => ({ begun, unfinished: uploads.size }),
    fail(count) {
      failures = count;
    },
    refuse(method) {
      refused = method;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
