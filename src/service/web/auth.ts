/** Who asks: a token in the header, or the signature of a link. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findToken, type Token } from '../records/token.js';
import type { WebContext } from './context.js';
import { ApiError } from './errors.js';

/** Milliseconds that a token is remembered: so long does one that was revoked still work. */
const REMEMBERED = 5000;

/** Tokens that are remembered at most. */
const MOST = 10_000;

/** Asks every request for its token, unless its route is open. */
export function requireTokens(app: FastifyInstance, { ledger, links }: WebContext): void {
  const known = new Map<string, { token: Token; until: number }>();
  const tokenOf = async (text: string): Promise<Token | undefined> => {
    const found = known.get(text);
    if (found && found.until > Date.now()) return found.token;
    known.delete(text);
    const token = await findToken(ledger.database, text);
    if (known.size >= MOST) known.clear();
    if (token) known.set(text, { token, until: Date.now() + REMEMBERED });
    return token;
  };
  app.addHook('onRequest', async (request) => {
    const { open, link, scope } = request.routeOptions.config;
    // Addresses that are not there are told so by the router.
    if (open || request.is404) return;
    const text = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (text === undefined && link && hasSignature(request)) {
      const { expires, signature } = request.query as { expires: string; signature: string };
      const [path] = request.url.split('?');
      if (links.isSigned(path!, String(expires), String(signature))) return;
      throw new ApiError(403, 'link', 'the link is not valid, or has expired');
    }
    request.token = text === undefined ? undefined : await tokenOf(text);
    if (!request.token)
      throw new ApiError(401, 'token', 'a valid token is needed: Authorization: Bearer fns_...');
    if (scope !== undefined) requireScope(request.token, scope);
  });
}

function hasSignature({ query }: FastifyRequest): boolean {
  return typeof (query as Record<string, unknown>).signature === 'string';
}

/** Checks that a token has a scope. */
export function requireScope({ scopes }: Token, scope: string): void {
  if (!scopes.includes(scope)) throw new ApiError(403, 'scope', `the token lacks the scope '${scope}'`);
}
