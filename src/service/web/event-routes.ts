/** `/v1/jobs/:id/events`: how a job goes on, as server-sent events. */
import { PassThrough } from 'node:stream';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isOver, readJob } from '../records/job.js';
import type { App } from './app.js';
import type { WebContext } from './context.js';
import { ApiError, notFound } from './errors.js';
import { jobView } from './views.js';

/** Milliseconds between looks at the job: a notification comes sooner, unless it was lost. */
const POLL = 5000;

/** Streams that one process keeps open at most. */
const MOST = 2000;

/** Adds the route. */
export function eventRoutes(app: App, { ledger, links, changes, log, isReady }: WebContext): void {
  const { database } = ledger;
  const open = new Set<() => void>();
  app.addHook('preClose', async () => {
    for (const end of [...open]) end();
  });
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/jobs/:id/events',
    {
      config: { link: true },
      schema: {
        ...{ tags: ['jobs'], summary: 'How a job goes on', params: z.object({ id: z.uuid() }) },
        description:
          'Server-sent events of the type `job`: the job as `GET /v1/jobs/:id` gives it, now and after every change. The stream ends with the job.',
        querystring: z.object({ expires: z.string().optional(), signature: z.string().optional() }),
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const owner = request.token?.owner;
      if (!(await readJob(database, id, owner))) throw notFound('job');
      if (open.size >= MOST || !isReady())
        throw new ApiError(503, 'unavailable', 'too many wait here: try again');
      const stream = new PassThrough();
      let version = -1;
      let isOut = false;
      let again = false;
      const end = () => {
        if (!open.delete(end)) return;
        clearInterval(poll);
        stopWatching();
        stream.end();
      };
      const tell = async () => {
        // One after the other, so that an older state never follows a newer one.
        if (isOut) {
          again = true;
          return;
        }
        isOut = true;
        try {
          do {
            again = false;
            const job = await readJob(database, id, owner);
            if (!job) return end();
            if (job.version > version) {
              const view = JSON.stringify(await jobView(database, links, job));
              stream.write(`event: job\nid: ${job.version}\ndata: ${view}\n\n`);
              // Not before: where its results could not be read it is told again.
              version = job.version;
            }
            if (isOver(job)) return end();
          } while (again);
        } catch (error) {
          log.warn({ error: (error as Error).message }, 'a stream of events waits for the database');
        } finally {
          isOut = false;
        }
      };
      const stopWatching = changes.watch(id, () => void tell());
      const poll = setInterval(() => {
        stream.write(':\n\n');
        void tell();
      }, POLL);
      open.add(end);
      request.raw.once('close', end);
      stream.once('close', end);
      reply
        .header('content-type', 'text/event-stream')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .header('access-control-allow-origin', '*');
      void tell();
      return reply.send(stream);
    },
  );
}
