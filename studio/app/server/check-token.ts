/** What a token may do. */
import { ServiceFailure } from './failure.js';
import { askJson } from './http.js';
import type { JobKind } from './service.js';

/**
 * Checks that the service takes a token for a kind of jobs.
 *
 * @param token the one that is kept by default
 * @throws ServiceFailure when not.
 */
export async function checkToken(kind: JobKind, token?: string): Promise<void> {
  // What no header can hold is no token.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) throw new ServiceFailure('token');
  const { scopes } = await askJson<{ scopes: string[] }>({ method: 'GET', path: 'v1/usage', token });
  if (!scopes.includes(kind)) throw new ServiceFailure('scope', `the token lacks the scope '${kind}'`);
}
