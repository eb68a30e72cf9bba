/** `/v1/uploads`: resumable uploads (tus), for large files over bad connections. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Token } from '../records/token.js';
import { repeat } from '../repeat.js';
import type { App } from './app.js';
import type { WebContext } from './context.js';
import { ApiError, notFound } from './errors.js';
import { receiveFile, requireQuota } from './receive-file.js';

const PATH = '/v1/uploads';

/** Hours after which an upload that was not finished is removed, and seconds between looks for such. */
const KEPT = 24;
const LOOKS = 3600;

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Adds the routes. An upload belongs to the owner of its token; when it is whole it becomes a file of the same id.
 *
 * @param folder where parts of uploads lie
 */
export async function uploadRoutes(app: App, context: WebContext, folder: string): Promise<void> {
  const { limits, log } = context;
  await mkdir(folder, { recursive: true });
  const store = new FileStore({ directory: folder, expirationPeriodInMilliseconds: KEPT * 3_600_000 });
  /** Who asks, for the server's callbacks. */
  const asking = new AsyncLocalStorage<Token>();
  const tus = new Server({
    path: PATH,
    datastore: store,
    maxSize: limits.uploadBytes,
    // Below the address that was asked, whatever a proxy before it calls that.
    generateUrl: (_, { id }) => `uploads/${id}`,
    allowedHeaders: ['Authorization'],
    namingFunction: () => randomUUID(),
    // What the client calls it is kept, whose it is it cannot say.
    onUploadCreate: async (_, { metadata }) => ({
      metadata: { filename: metadata?.filename ?? 'file', owner: asking.getStore()!.owner },
    }),
    async onUploadFinish(_, { id, metadata }) {
      const path = join(folder, id);
      const { owner, filename } = metadata as { owner: string; filename: string };
      const file = await receiveFile(context, owner, filename, createReadStream(path), id);
      await store.remove(id);
      return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(file) };
    },
    async onResponseError(_, error) {
      if ('status_code' in error) return undefined;
      if (error instanceof ApiError) {
        const body = { error: { code: error.code, message: error.message } };
        return { status_code: error.statusCode, body: JSON.stringify(body) };
      }
      log.error({ error: error.message, stack: error.stack }, 'an upload failed');
      return {
        status_code: 500,
        body: JSON.stringify({ error: { code: 'internal', message: 'something went wrong' } }),
      };
    },
  });
  const cleaning = repeat(
    LOOKS,
    () => tus.cleanUpExpiredUploads(),
    (error) => log.warn({ error: error.message }, 'old uploads could not be removed'),
  );
  app.addHook('onClose', () => cleaning.stop());

  const handle = async (request: FastifyRequest, reply: FastifyReply, token: Token) => {
    reply.hijack();
    await asking.run(token, () => tus.handle(request.raw, reply.raw));
  };
  // The server reads the request itself.
  app.addContentTypeParser('application/offset+octet-stream', (_request, _payload, done) => done(null));

  app.post(
    PATH,
    {
      schema: {
        ...{ tags: ['files'], summary: 'Begin a resumable upload (tus 1.0)' },
        description:
          'Then HEAD and PATCH the address in `Location`, as any tus client does. When it is whole it is the file of the same id: the last part of its address.',
      },
    },
    async (request, reply) => {
      await requireQuota(context, request.token!);
      await handle(request, reply, request.token!);
    },
  );
  app.route<{ Params: { id: string } }>({
    method: ['HEAD', 'PATCH', 'DELETE'],
    url: `${PATH}/:id`,
    schema: { tags: ['files'], summary: 'Go on with a resumable upload, or give it up' },
    async handler(request, reply) {
      const { id } = request.params;
      const found = ID.test(id) ? await store.getUpload(id).catch(() => undefined) : undefined;
      if (found?.metadata?.owner !== request.token!.owner) throw notFound('upload');
      await handle(request, reply, request.token!);
    },
  });
}
