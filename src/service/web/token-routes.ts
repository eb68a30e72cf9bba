/** `/v1/tokens` for administrators, and `/v1/usage` for everybody. */
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { SCOPES } from '../job-kinds.js';
import { quotasSchema } from '../limits.js';
import { createToken, listTokens, revokeToken } from '../records/token.js';
import { usedToday } from '../records/used.js';
import type { App } from './app.js';
import type { WebContext } from './context.js';
import { errorSchema, notFound } from './errors.js';

/** The form of a request for a token. */
export const newTokenSchema = z.strictObject({
  owner: z
    .string()
    .regex(/^[\w.@-]{1,100}$/, 'up to 100 letters without accents, digits and . _ @ - are needed')
    .describe('whose jobs and files it sees; several tokens may have one owner'),
  name: z
    .string()
    .regex(/^[^\p{Cc}\p{Cs}]{1,100}$/u, 'up to 100 characters on one line are needed')
    .default('token')
    .describe('a name to know it by'),
  scopes: z.array(z.enum(SCOPES as [string])).min(1),
  quotas: quotasSchema.default({}),
  expires: z.iso.datetime().optional(),
});

const tokenSchema = z.object({
  ...{ id: z.uuid(), owner: z.string(), name: z.string(), scopes: z.array(z.string()), quotas: quotasSchema },
  created: z.iso.datetime(),
  expires: z.iso.datetime().nullable(),
  revoked: z.iso.datetime().nullable(),
});

/** Adds the routes. */
export function tokenRoutes(app: App, { ledger: { database } }: WebContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'admin' };
  const tags = ['tokens'];
  routes.post(
    '/v1/tokens',
    {
      config,
      schema: {
        ...{ tags, summary: 'Make a token', body: newTokenSchema },
        response: {
          201: z.object({ id: z.uuid(), token: z.string().describe('told this once') }),
          default: errorSchema,
        },
      },
    },
    async ({ body }, reply) => {
      const expires = body.expires === undefined ? undefined : new Date(body.expires);
      return reply.status(201).send(await createToken(database, { ...body, expires }));
    },
  );
  routes.get(
    '/v1/tokens',
    {
      config,
      schema: {
        ...{ tags, summary: 'All tokens' },
        response: { 200: z.object({ tokens: z.array(tokenSchema) }), default: errorSchema },
      },
    },
    async () => {
      const tokens = await listTokens(database);
      return {
        tokens: tokens.map(({ created, expires, revoked, ...token }) => ({
          ...token,
          created: created.toISOString(),
          expires: expires?.toISOString() ?? null,
          revoked: revoked?.toISOString() ?? null,
        })),
      };
    },
  );
  routes.delete(
    '/v1/tokens/:id',
    {
      config,
      schema: {
        ...{ tags, summary: 'End a token', params: z.object({ id: z.uuid() }) },
        description: 'Web processes that have seen it remember it for five seconds.',
        response: { 204: z.null().describe('it is ended'), default: errorSchema },
      },
    },
    async ({ params }, reply) => {
      if (!(await revokeToken(database, params.id))) throw notFound('token');
      return reply.status(204).send(null);
    },
  );
  routes.get(
    '/v1/usage',
    {
      schema: {
        ...{ tags, summary: 'What you may do, may use on a day, and used today (UTC)' },
        response: {
          200: z.object({
            scopes: z.array(z.string()),
            quotas: quotasSchema,
            used: z.object({ bytes: z.number(), pixels: z.number(), seconds: z.number() }),
          }),
          default: errorSchema,
        },
      },
    },
    async ({ token }) => ({
      scopes: token!.scopes,
      quotas: token!.quotas,
      used: await usedToday(database, token!.owner),
    }),
  );
}
