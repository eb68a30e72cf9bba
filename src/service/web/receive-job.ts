/** A job and its files in one form. */
import type { FastifyRequest } from 'fastify';
import { JOB_KINDS } from '../job-kinds.js';
import { requireScope } from './auth.js';
import type { WebContext } from './context.js';
import { badRequest, reading } from './errors.js';
import type { JobRequest } from './new-job.js';
import { receiveFile, requireQuota } from './receive-file.js';

/**
 * Receives the files of a form, and reads the options in it: fields of their own (`style=wave`), or all as JSON in
 * `options`.
 */
export async function receiveJob(
  context: WebContext,
  request: FastifyRequest,
  kind: string,
): Promise<JobRequest> {
  const token = request.token!;
  // Before anything is received.
  requireScope(token, kind);
  await requireQuota(context.ledger.database, token);
  const roles = Object.keys(JOB_KINDS[kind]!.inputs.shape);
  const inputs: Record<string, unknown> = {};
  const fields: Record<string, unknown> = {};
  let options: unknown = {};
  await reading(async () => {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        if (!roles.includes(part.fieldname)) {
          part.file.resume();
          throw badRequest(`a file with the name of a role is needed (${roles.join(', ')}), got another`);
        }
        const { id } = await receiveFile(context, token.owner, part.filename ?? 'file', part.file);
        inputs[part.fieldname] = id;
      } else if (part.fieldname === 'options') options = jsonOf(part.value);
      else if (roles.includes(part.fieldname) && FILE_ID.test(String(part.value))) {
        inputs[part.fieldname] = part.value;
      } else fields[part.fieldname] = fieldValue(String(part.value));
    }
  });
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw badRequest('options: an object is needed');
  }
  return { kind, inputs, options: { ...fields, ...options } };
}

/** A file that was sent before. */
const FILE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A number, true or false, or a text. */
function fieldValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

function jsonOf(value: unknown): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    throw badRequest('options: JSON is needed');
  }
}
