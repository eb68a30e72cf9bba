/** `/v1/files`: uploads, and the bytes of results. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { StoredFile } from '../records/file.js';
import { readFileRecord, removeUpload } from '../records/file.js';
import type { App } from './app.js';
import type { WebContext } from './context.js';
import { ApiError, badRequest, errorSchema, notFound, reading } from './errors.js';
import { fetchUrl } from './fetch-url.js';
import { receiveFile, requireQuota } from './receive-file.js';
import { fileSchema } from './views.js';

/** Types of results. Uploads are shown as bytes of no type, so that no browser runs what is in them. */
const TYPES: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
  gif: 'image/gif',
  zip: 'application/zip',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  mov: 'video/quicktime',
};

const params = z.object({ id: z.uuid() });
const tags = ['files'];

/** Adds the routes. */
export function fileRoutes(app: App, context: WebContext): void {
  const { ledger, storage } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/v1/files',
    {
      schema: {
        ...{ tags, summary: 'Upload a file', consumes: ['multipart/form-data'] },
        description: 'One file, as the part `file` of a form.',
        response: { 201: fileSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      await requireQuota(ledger.database, request.token!);
      const part = await reading(() => request.file());
      if (!part) throw badRequest('a part with a file is needed');
      const file = await receiveFile(context, request.token!.owner, part.filename ?? 'file', part.file);
      return reply.status(201).send(file);
    },
  );

  routes.post(
    '/v1/files/from-url',
    {
      config: { scope: 'url' },
      schema: {
        ...{
          tags,
          summary: 'Fetch a file from another server',
          body: z.strictObject({ url: z.string().max(2000) }),
        },
        description: 'Of the hosts that this service allows.',
        response: { 201: fileSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      await requireQuota(ledger.database, request.token!);
      const { name, stream } = await fetchUrl(request.body.url, context.urls);
      return reply.status(201).send(await receiveFile(context, request.token!.owner, name, stream));
    },
  );

  routes.get(
    '/v1/files/:id',
    {
      config: { link: true },
      schema: {
        ...{ tags, summary: 'The bytes of a file', params },
        description: 'With a token, or by the link of a result. `Range` works.',
        querystring: z.object({ expires: z.string().optional(), signature: z.string().optional() }),
      },
    },
    async (request, reply) => {
      const file = await readFileRecord(ledger.database, request.params.id, request.token?.owner);
      if (!file) throw notFound('file');
      return sendFile(context, file, request, reply);
    },
  );

  routes.delete(
    '/v1/files/:id',
    {
      schema: {
        ...{ tags, summary: 'Remove an upload', params },
        response: { 204: z.null().describe('it is removed'), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { owner } = request.token!;
      const { id } = request.params;
      const found = await readFileRecord(ledger.database, id, owner);
      if (!found) throw notFound('file');
      if (found.job !== null) throw new ApiError(409, 'in-use', 'a result is removed with its job');
      const removed = await ledger.database.transaction((tx) => removeUpload(tx, id, owner));
      if (!removed) throw new ApiError(409, 'in-use', 'a job that waits or runs needs the file');
      await storage.remove(removed.key);
      return reply.status(204).send(null);
    },
  );
}

async function sendFile(
  { storage }: WebContext,
  file: StoredFile,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const extension = /\.(\w+)$/.exec(file.name)?.[1]?.toLowerCase() ?? '';
  const type = file.job === null ? undefined : TYPES[extension];
  const name = encodeURIComponent(file.name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  reply
    .header('content-type', type ?? 'application/octet-stream')
    .header('content-disposition', `${type ? 'inline' : 'attachment'}; filename*=UTF-8''${name}`)
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('cache-control', 'private, max-age=60')
    .header('accept-ranges', 'bytes')
    .header('etag', `"${file.sha256}"`)
    // Links are for pages of other sites as well, which have nothing but them.
    .header('access-control-allow-origin', '*')
    .header('cross-origin-resource-policy', 'cross-origin');
  if (request.headers['if-none-match'] === `"${file.sha256}"`) return reply.status(304).send();
  const range = rangeOf(request.headers.range, file.bytes);
  if (range === 'none') {
    return reply.status(416).header('content-range', `bytes */${file.bytes}`).send();
  }
  const stored = await storage.read(file.key, range);
  if (!stored) throw notFound('file');
  if (range) {
    reply.status(206).header('content-range', `bytes ${range.start}-${range.end}/${file.bytes}`);
  }
  reply.header('content-length', range ? range.end - range.start + 1 : file.bytes);
  return reply.send(stored.stream);
}

/** The range of a `Range` header; nothing without a useful one, `none` when it is beyond the end. */
export function rangeOf(
  header: string | undefined,
  bytes: number,
): { start: number; end: number } | 'none' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  return start > end ? 'none' : { start, end };
}
