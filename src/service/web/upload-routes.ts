/** `/v1/uploads`: resumable uploads (tus), for large files over bad connections. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readFileRecord } from '../records/file.js';
import type { Token } from '../records/token.js';
import { repeat } from '../repeat.js';
import type { App } from './app.js';
import type { WebContext } from './context.js';
import { ApiError, notFound } from './errors.js';
import { newFinisher } from './finish-uploads.js';
import { requireQuota } from './receive-file.js';

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
  const { limits, log, ledger } = context;
  await mkdir(folder, { recursive: true });
  const store = new FileStore({ directory: folder, expirationPeriodInMilliseconds: KEPT * 3_600_000 });
  const finish = newFinisher(context, store);
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
      const file = await finish({ id, ...(metadata as { owner: string; filename: string }) });
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
      await requireQuota(ledger.database, request.token!);
      await handle(request, reply, request.token!);
    },
  );
  /** The upload of an id; undefined where the owner has none. */
  const findUpload = async (id: string, owner: string) => {
    const found = ID.test(id) ? await store.getUpload(id).catch(() => undefined) : undefined;
    return found?.metadata?.owner === owner ? found : undefined;
  };
  /** The file of an upload that is whole; undefined where more is to come, or the owner has none of this id. */
  const fileOfUpload = async (id: string, owner: string): Promise<{ bytes: number } | undefined> => {
    const found = await findUpload(id, owner);
    if (!found) {
      const file = ID.test(id) ? await readFileRecord(ledger.database, id, owner) : undefined;
      return file?.job === null ? file : undefined;
    }
    if (found.offset !== found.size) return undefined;
    try {
      return await finish({ id, owner, filename: found.metadata!.filename! });
    } catch (error) {
      if (error instanceof ApiError) throw error;
      log.error({ error: (error as Error).message }, 'an upload could not be stored');
      // With this status clients ask again, with others they would begin anew.
      throw new ApiError(423, 'locked', 'the upload is whole, but cannot be stored now: try again');
    }
  };
  app.route<{ Params: { id: string } }>({
    method: ['HEAD', 'PATCH', 'DELETE'],
    url: `${PATH}/:id`,
    schema: { tags: ['files'], summary: 'Go on with a resumable upload, or give it up' },
    async handler(request, reply) {
      const { id } = request.params;
      const { owner } = request.token!;
      // Clients that are told of all bytes send nothing more, and use the file.
      const file = request.method === 'HEAD' ? await fileOfUpload(id, owner) : undefined;
      if (file) {
        return reply
          .headers({ 'tus-resumable': '1.0.0', 'upload-offset': file.bytes, 'upload-length': file.bytes })
          .header('cache-control', 'no-store')
          .send();
      }
      if (!(await findUpload(id, owner))) throw notFound('upload');
      await handle(request, reply, request.token!);
    },
  });
}
