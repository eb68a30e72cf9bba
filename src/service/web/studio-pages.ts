/** The studio beside the API: a page for people, at the addresses that no route has. */
import type { FastifyInstance } from 'fastify';
import { FnsError } from '../../core/errors.js';
import { studioHandler } from '../../node/studio/server.js';
import { studioSite } from '../../node/studio/site.js';
import { JOB_KINDS } from '../job-kinds.js';
import type { WebContext } from './context.js';
import { answerError, notFound } from './errors.js';

type StudioContext = Pick<WebContext, 'log' | 'limits'>;

/**
 * Serves the studio to anybody. Its pictures are drawn in the browser, or by jobs of whoever has a token. Without it the
 * API goes on alone.
 */
export async function serveStudio(app: FastifyInstance, { log, limits }: StudioContext): Promise<void> {
  const site = await studioSite().catch((error: unknown) => {
    if (!(error instanceof FnsError)) throw error;
    log.warn(`no studio: ${error.message}`);
    return undefined;
  });
  if (site) site.list.service = { kinds: Object.keys(JOB_KINDS), uploadBytes: limits.uploadBytes };
  const answer = site && studioHandler(site);
  app.setNotFoundHandler((request, reply) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead && answer?.(request.raw, reply.raw)) reply.hijack();
    else answerError(notFound('address'), request, reply);
  });
}
