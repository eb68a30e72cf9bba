/** Tokens: who may do what, and how much. The database has only a hash of each. */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Queries } from '../database/database.js';
import type { Quotas } from '../limits.js';

/** A token without its secret. */
export interface Token {
  id: string;
  owner: string;
  name: string;
  scopes: string[];
  quotas: Quotas;
  created: Date;
  expires: Date | null;
  revoked: Date | null;
}

/** What a new token is for. */
export interface NewToken {
  /** Whose jobs and files it sees; several tokens may have one owner. */
  owner: string;
  /** A name to know it by. */
  name: string;
  scopes: readonly string[];
  quotas?: Quotas;
  expires?: Date;
}

const COLUMNS = 'id, owner, name, scopes, quotas, created, expires, revoked';

/** `fns_`, the id without dashes, and 256 random bits. */
const FORM = /^fns_([0-9a-f]{32})_([\w-]{43})$/;

/** Makes a token. @returns its text, which is told this once, and its id. */
export async function createToken(on: Queries, token: NewToken): Promise<{ token: string; id: string }> {
  const id = randomUUID();
  const secret = randomBytes(32).toString('base64url');
  await on.query(
    'INSERT INTO fns.token (id, hash, owner, name, scopes, quotas, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [id, hashOf(secret), token.owner, token.name, token.scopes, token.quotas ?? {}, token.expires ?? null],
  );
  return { token: `fns_${id.replaceAll('-', '')}_${secret}`, id };
}

/** Finds the token of a text that somebody showed; undefined where it is none, or no longer. */
export async function findToken(on: Queries, text: string): Promise<Token | undefined> {
  const [, hex, secret] = FORM.exec(text) ?? [];
  if (!hex || !secret) return undefined;
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const [row] = await on.query<Token & { hash: string }>(
    `SELECT ${COLUMNS}, hash FROM fns.token
     WHERE id = $1 AND revoked IS NULL AND (expires IS NULL OR expires > now())`,
    [id],
  );
  if (!row) return undefined;
  const { hash, ...token } = row;
  return timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(hashOf(secret), 'hex')) ? token : undefined;
}

/** All tokens, the newest first. */
export function listTokens(on: Queries): Promise<Token[]> {
  return on.query<Token>(`SELECT ${COLUMNS} FROM fns.token ORDER BY created DESC`);
}

/** Ends a token. False where there is none of this id that was not ended. */
export async function revokeToken(on: Queries, id: string): Promise<boolean> {
  const rows = await on.query(
    'UPDATE fns.token SET revoked = now() WHERE id = $1 AND revoked IS NULL RETURNING id',
    [id],
  );
  return rows.length > 0;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
