/** The HTTP API as a fastify application. */
import { createHash } from 'node:crypto';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { requireTokens } from './auth.js';
import type { WebContext } from './context.js';
import { answerError, badRequest } from './errors.js';
import { eventRoutes } from './event-routes.js';
import { fileRoutes } from './file-routes.js';
import { healthRoutes } from './health-routes.js';
import { jobRoutes } from './job-routes.js';
import { metricRoutes } from './metric-routes.js';
import { serveStudio } from './studio-pages.js';
import { tokenRoutes } from './token-routes.js';
import { uploadRoutes } from './upload-routes.js';

/** The application. */
export type App = FastifyInstance;

/** How the API is offered. */
export interface AppOptions {
  /** Requests a minute of one token, or of one address without. */
  requestsPerMinute: number;
  /** Believes `X-Forwarded-For`: only behind a proxy that sets it. */
  trustProxy: boolean;
  /** The folder of uploads that are not whole yet. */
  uploads: string;
}

/** Bytes of a body that is no file. */
const BODY = 2 ** 18;

/** Builds the application. It does not listen yet. */
export async function buildApp(context: WebContext, options: AppOptions): Promise<App> {
  const { limits, log, version } = context;
  const app: App = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // Written by the hook below instead, without addresses: links have signatures in them.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY,
    trustProxy: options.trustProxy,
    // An upload may be slow, but not silent.
    requestTimeout: 3_600_000,
    connectionTimeout: 120_000,
    keepAliveTimeout: 72_000,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 100 },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  await serveStudio(app, context);
  app.addHook('onResponse', async (request, reply) => {
    request.log.info({
      request: `${request.method} ${request.routeOptions.url ?? 'unknown'}`,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    });
  });
  app.addHook('onSend', async (_, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
  });
  await app.register(rateLimit, {
    max: options.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: ({ headers, ip }) =>
      headers.authorization === undefined
        ? ip
        : createHash('sha256').update(headers.authorization).digest('hex'),
    errorResponseBuilder: (_, { after }) =>
      Object.assign(new Error(`too many requests: try again in ${after}`), { statusCode: 429 }),
  });
  requireTokens(app, context);
  app.addHook('preValidation', async ({ body, query }) => {
    if (hasBadText(body) || hasBadText(query))
      throw badRequest('a text has characters that are none, or it is too deep');
  });
  await app.register(multipart, {
    limits: {
      fileSize: limits.uploadBytes + 1,
      files: 8,
      fields: 16,
      fieldSize: BODY,
      fieldNameSize: 100,
      parts: 24,
    },
    throwFileSizeLimit: false,
  });
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'fast-neural-style',
        description: 'Styles for pictures, folders and videos; super-resolution; trainings.',
        version,
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  await app.register(async (open) => {
    // The page and its files are the same for everybody.
    open.addHook('onRoute', (route) => {
      route.config = { ...route.config, open: true };
    });
    await open.register(swaggerUi, { routePrefix: '/docs' });
    open.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  });
  for (const add of [jobRoutes, eventRoutes, fileRoutes, tokenRoutes, healthRoutes, metricRoutes])
    add(app, context);
  await uploadRoutes(app, context, options.uploads);
  await app.ready();
  return app;
}

/** Objects within each other that a body may have: ours have four. */
const DEPTH = 16;

/** Tells whether a text somewhere inside has a NUL or half a character, which databases do not take; or it has no end. */
function hasBadText(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return /[\0\p{Cs}]/u.test(value);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return false;
  if (depth === DEPTH) return true;
  return Object.entries(value).some(([name, each]) => hasBadText(name) || hasBadText(each, depth + 1));
}
