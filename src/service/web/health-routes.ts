/** `/healthz` and `/readyz`: for whatever keeps the service running. */
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { App } from './app.js';
import type { WebContext } from './context.js';

const state = z.object({ ready: z.boolean(), why: z.string().optional() });

/** Adds the routes. */
export function healthRoutes(app: App, { ledger, storage, isReady, version }: WebContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['operation'];
  const config = { open: true, rateLimit: false } as const;
  routes.get(
    '/healthz',
    {
      config,
      schema: {
        ...{ tags, summary: 'The process is alive' },
        response: { 200: z.object({ alive: z.literal(true), version: z.string() }) },
      },
    },
    async () => ({ alive: true as const, version }),
  );
  routes.get(
    '/readyz',
    {
      config,
      schema: {
        ...{ tags, summary: 'The process takes requests: its database and its store can be reached' },
        response: { 200: state, 503: state },
      },
    },
    async (_, reply) => {
      const why = isReady() ? await problem() : 'it ends';
      return reply.status(why === undefined ? 200 : 503).send({ ready: why === undefined, why });
    },
  );

  async function problem(): Promise<string | undefined> {
    const checks = { database: () => ledger.database.query('SELECT 1'), store: () => storage.check() };
    for (const [name, check] of Object.entries(checks)) {
      try {
        await check();
      } catch {
        return `the ${name} cannot be reached`;
      }
    }
    return undefined;
  }
}
