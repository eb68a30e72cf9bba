/** Signed links: whoever has one may read one thing, until it expires. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Queries } from '../database/database.js';

/** Makes and checks links. */
export interface Links {
  /** The address with its signature; the path alone where the service does not know its own address. */
  sign(path: string): string;
  /** Tells whether a signature is that of the path, and not expired. */
  isSigned(path: string, expires: string, signature: string): boolean;
}

/** How links are made. */
export interface LinkOptions {
  secret: string;
  /** Seconds that a link holds. */
  seconds: number;
  /** The address that the service is known by, without a slash at its end. */
  publicUrl?: string;
}

/** The secret that all web processes of a database sign with, made once. */
export async function linkSecret(on: Queries): Promise<string> {
  await on.query(`INSERT INTO fns.setting (name, value) VALUES ('link-secret', $1) ON CONFLICT DO NOTHING`, [
    randomBytes(32).toString('base64url'),
  ]);
  const [row] = await on.query<{ value: string }>(`SELECT value FROM fns.setting WHERE name = 'link-secret'`);
  return row!.value;
}

/** Links with a secret. */
export function newLinks({ secret, seconds, publicUrl = '' }: LinkOptions): Links {
  const signature = (path: string, expires: string) =>
    createHmac('sha256', secret).update(`${path}\n${expires}`).digest('base64url');
  return {
    sign(path) {
      // In steps of a minute, so that a picture that is asked for again has the same address.
      const expires = String(60 * Math.ceil((Date.now() / 1000 + seconds) / 60));
      return `${publicUrl}${path}?expires=${expires}&signature=${signature(path, expires)}`;
    },
    isSigned(path, expires, given) {
      if (!/^\d{1,12}$/.test(expires) || Number(expires) * 1000 < Date.now()) return false;
      const [a, b] = [Buffer.from(signature(path, expires)), Buffer.from(given)];
      return a.length === b.length && timingSafeEqual(a, b);
    },
  };
}
