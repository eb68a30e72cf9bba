/** Errors of the API: a status, a code for programs, a sentence for people. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** The form of an error in a response. */
export const errorSchema = z
  .object({ error: z.object({ code: z.string(), message: z.string() }) })
  .describe('what was wrong');

/** An error that a client is told. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly statusCode: number;
  readonly code: string;

  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}

/** The error of something that is not there, or not of this owner: nobody can tell which. */
export const notFound = (what: string) => new ApiError(404, 'not-found', `there is no such ${what}`);

/** The error of a request that makes no sense. */
export const badRequest = (message: string) => new ApiError(400, 'bad-request', message);

/**
 * Reads what a client sends; what is damaged or cut there is its fault.
 *
 * @throws ApiError for that, and other errors as they are.
 */
export async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { code = '', statusCode } = error as { code?: string; statusCode?: number };
    // The disk's.
    const isOurs = /^E[A-Z]+$/.test(code) && code !== 'ECONNRESET';
    if (error instanceof ApiError || statusCode !== undefined || isOurs) throw error;
    throw badRequest(`what was sent cannot be read: ${(error as Error).message}`);
  }
}

/** Codes of errors that fastify and its plugins throw. */
const CODES: Readonly<Record<number, string>> = {
  400: 'bad-request',
  404: 'not-found',
  405: 'not-allowed',
  406: 'bad-request',
  408: 'too-slow',
  411: 'bad-request',
  413: 'too-large',
  414: 'too-large',
  415: 'bad-request',
  429: 'too-many',
  431: 'too-large',
};

/** Answers with an error. What is not the client's fault is logged, and told without its reason. */
export function answerError(
  error: FastifyError | ApiError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { status, code, message } = toldError(error);
  if (status === 503) reply.header('retry-after', '2');
  if (status === 500) request.log.error({ error: error.message, stack: error.stack }, 'a request failed');
  void reply.status(status).send({ error: { code, message } });
}

function toldError(error: FastifyError | ApiError): { status: number; code: string; message: string } {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [{ instancePath, message = 'it is not valid' } = { instancePath: '' }] = error.validation;
    const where = instancePath.replace(/^\//, '').replaceAll('/', '.');
    return { status: 400, code: 'bad-request', message: where === '' ? message : `${where}: ${message}` };
  }
  const { message } = error;
  if (error instanceof ApiError) return { status: error.statusCode, code: error.code, message };
  const status = error.statusCode ?? 500;
  if (status < 500) return { status, code: CODES[status] ?? 'bad-request', message };
  if (!isDatabaseAway(error)) return { status: 500, code: 'internal', message: 'something went wrong here' };
  return { status: 503, code: 'unavailable', message: 'the service cannot reach its database: try again' };
}

/** Tells an error of the connection to the database from others: codes of Node, and PostgreSQL's classes 08 and 57P. */
function isDatabaseAway(error: Error & { code?: string }): boolean {
  const { code = '', message } = error;
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|08|57P|53)/.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      message,
    )
  );
}
