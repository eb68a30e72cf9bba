/** Trying a token. */
import { ServiceFailure } from './failure.js';
import { askJson } from './http.js';

/** Checks that the service takes a token for pictures. @throws ServiceFailure when not. */
export async function checkToken(token: string): Promise<void> {
  // What no header can hold is no token.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new ServiceFailure('token');
  const { scopes } = await askJson<{ scopes: string[] }>({ method: 'GET', path: 'v1/usage', token });
  if (!scopes.includes('picture')) throw new ServiceFailure('scope');
}
