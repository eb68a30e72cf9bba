/** Tokens for whoever runs the service: in its database, or through the service where that has the database to itself. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badOption, failure } from '../core/errors.js';
import { exists } from '../jobs/training-files.js';
import { openEmbedded } from './database/embedded.js';
import { openPostgres } from './database/postgres.js';
import { prepareSchema } from './database/schema.js';
import { SCOPES } from './job-kinds.js';
import type { Quotas } from './limits.js';
import type { Places } from './open.js';
import { createToken, listTokens, revokeToken } from './records/token.js';
import { ADDRESS, FIRST_TOKEN } from './serve.js';
import { newTokenSchema } from './web/token-routes.js';

/** A token that is asked for. */
export interface TokenRequest {
  owner: string;
  name?: string;
  /** All but `admin` by default. */
  scopes?: readonly string[];
  quotas?: Quotas;
  /** Days that it holds; without end by default. */
  days?: number;
}

/** A token as it is listed. */
export interface ListedToken {
  id: string;
  owner: string;
  name: string;
  scopes: string[];
  quotas: Quotas;
  created: string | Date;
  expires: string | Date | null;
  revoked: string | Date | null;
}

/** A token that was checked. */
export type CheckedToken = ReturnType<typeof checkedToken>;

/** The tokens of a service. */
export interface Tokens {
  create(token: CheckedToken): Promise<{ id: string; token: string }>;
  list(): Promise<ListedToken[]>;
  /** @throws FnsError when there is none of this id. */
  revoke(id: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the tokens of a service.
 *
 * @throws FnsError when its database cannot be opened, and no service runs on it.
 */
export async function openTokens({
  data,
  database: url,
}: Pick<Places, 'data' | 'database'>): Promise<Tokens> {
  if (url === undefined && data !== undefined) {
    const service = await runningService(data);
    if (service) return service;
    if (!(await exists(data))) throw failure(`there is no service in ${data}: fns serve makes one`);
  }
  const database = url === undefined ? await openEmbedded(data) : await openPostgres(url, () => {});
  try {
    await prepareSchema(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    create(token) {
      const expires = token.expires === undefined ? undefined : new Date(token.expires);
      return createToken(database, { ...token, expires });
    },
    list: () => listTokens(database),
    async revoke(id) {
      if (!/^[0-9a-f-]{36}$/.test(id) || !(await revokeToken(database, id))) throw noToken(id);
    },
    close: () => database.close(),
  };
}

const noToken = (id: string) => failure(`there is no token ${id} that was not ended`);

/**
 * Checks a token that is asked for.
 *
 * @throws FnsError (usage) when it makes no sense.
 */
export function checkedToken({
  days,
  scopes = SCOPES.filter((scope) => scope !== 'admin'),
  ...request
}: TokenRequest) {
  const unknown = scopes.find((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown !== undefined)
    throw badOption('scopes', `there is no '${unknown}': there are ${SCOPES.join(', ')}`);
  const expires = days === undefined ? undefined : new Date(Date.now() + 86_400_000 * days).toISOString();
  const result = newTokenSchema.safeParse({ ...request, scopes, ...(expires !== undefined && { expires }) });
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw badOption(path.join('.'), message);
}

/** The tokens through a service that runs on the folder; undefined where none does. */
async function runningService(data: string): Promise<Tokens | undefined> {
  const [address, token] = await Promise.all(
    [ADDRESS, FIRST_TOKEN].map((name) => readFile(join(data, name), 'utf8').catch(() => undefined)),
  );
  if (address === undefined || token === undefined) return undefined;
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${address.trim()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token.trim()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.ok)
      return response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>);
    const { error } = (await response.json()) as { error: { message: string } };
    throw failure(error.message);
  };
  const isThere = await fetch(`${address.trim()}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
  if (!isThere) return undefined;
  return {
    create: async (token) => (await call('POST', '/v1/tokens', token)) as { id: string; token: string },
    list: async () => (await call('GET', '/v1/tokens')).tokens as ListedToken[],
    async revoke(id) {
      await call('DELETE', `/v1/tokens/${encodeURIComponent(id)}`);
    },
    close: async () => {},
  };
}
