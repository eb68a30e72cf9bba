/** `/metrics` for Prometheus, and `/v1/workers` for administrators. */
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { liveWorkers } from '../records/worker.js';
import type { App } from './app.js';
import type { WebContext } from './context.js';
import { errorSchema } from './errors.js';

const worker = z.object({
  id: z.string(),
  devices: z.array(z.string()),
  slots: z.number().int().describe('jobs at a time'),
  running: z.number().int(),
  draining: z.boolean().describe('it takes no more jobs'),
});

/** Adds the routes. */
export function metricRoutes(app: App, { ledger, metrics }: WebContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['operation'];
  app.addHook('onResponse', async (request, reply) => {
    metrics.request(request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime / 1000);
  });
  routes.get(
    '/metrics',
    {
      config: { scope: 'metrics', rateLimit: false },
      schema: { ...{ tags, summary: 'Numbers for Prometheus' }, produces: ['text/plain'] },
    },
    async (_, reply) => reply.header('content-type', metrics.contentType).send(await metrics.text()),
  );
  routes.get(
    '/v1/workers',
    {
      config: { scope: 'admin' },
      schema: {
        ...{ tags, summary: 'The workers that were heard of in the last minute' },
        response: { 200: z.object({ workers: z.array(worker) }), default: errorSchema },
      },
    },
    async () => ({ workers: (await liveWorkers(ledger.database)).map((each) => worker.parse(each)) }),
  );
}
