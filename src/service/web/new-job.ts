/** A job is checked and sent. */
import type { Queries } from '../database/database.js';
import { JOB_KINDS } from '../job-kinds.js';
import type { JobKind } from '../kinds/kind.js';
import { queueName } from '../queue.js';
import { sendJob } from '../records/attempt.js';
import { readFileRecord } from '../records/file.js';
import { type Job, jobOfRequest, readJob } from '../records/job.js';
import type { Token } from '../records/token.js';
import { lockOwner } from '../records/used.js';
import { requireScope } from './auth.js';
import type { WebContext } from './context.js';
import { badRequest } from './errors.js';
import { requireQuota } from './receive-file.js';

/** What a job is asked for with. */
export interface JobRequest {
  kind: string;
  inputs: Record<string, unknown>;
  options: Record<string, unknown>;
}

/**
 * Checks and sends a job.
 *
 * @param request the client's own name for it: a job that was sent under it before is given back, whatever quotas are
 * @throws ApiError when the token may not, a quota is used up, or it makes no sense.
 */
export async function newJob(
  context: WebContext,
  token: Token,
  { kind: name, ...asked }: JobRequest,
  request?: string,
): Promise<Job> {
  const { ledger, limits } = context;
  const kind = JOB_KINDS[name]!;
  requireScope(token, name);
  const inputs = parsed(kind.inputs, asked.inputs, 'inputs') as Record<string, string>;
  const options = parsed(kind.options, asked.options, 'options');
  const problem = kind.check?.(options, inputs);
  if (problem) throw badRequest(problem);
  const queue = queueName(kind.lane, (options.device ?? 'auto') as 'auto');
  const { owner, quotas } = token;
  const { priority } = kind;
  const id = await ledger.database.transaction(async (tx) => {
    if (quotas.jobs !== undefined) await lockOwner(tx, owner);
    const sent = await jobOfRequest(tx, owner, request);
    if (sent) return sent.id;
    await requireQuota(tx, token);
    await requireFiles(tx, owner, inputs);
    const job = { owner, kind: name, queue, inputs, options, limits, priority, request };
    return sendJob(tx, ledger.queue, job);
  });
  return (await readJob(ledger.database, id, owner))!;
}

/** Checks that an owner has the files of a job. */
async function requireFiles(on: Queries, owner: string, inputs: Record<string, string>): Promise<void> {
  for (const [role, id] of Object.entries(inputs)) {
    if (!(await readFileRecord(on, id, owner))) throw badRequest(`inputs.${role}: there is no such file`);
  }
}

function parsed(schema: JobKind['options'], value: unknown, where: string): Record<string, unknown> {
  const result = schema.safeParse(value);
  if (result.success) return defined(result.data);
  const { path, message } = result.error.issues[0]!;
  throw badRequest(`${[where, ...path].join('.')}: ${message}`);
}

/** Without what is undefined, which JSON would lose as well. */
function defined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}
