/**
 * What is to be removed from the store: written down in the transaction that forgets it, so that a process which is
 * killed in between leaves nothing behind.
 */
import type { Queries } from '../database/database.js';
import type { Storage } from '../storage/storage.js';

/** Writes down a prefix. @param afterSeconds not before so many seconds from now */
export async function addTrash(on: Queries, prefix: string, afterSeconds = 0): Promise<void> {
  await on.query(
    `INSERT INTO fns.trash (prefix, due) VALUES ($1, now() + $2::float8 * interval '1 second')
     ON CONFLICT (prefix) DO UPDATE SET due = EXCLUDED.due`,
    [prefix, afterSeconds],
  );
}

/** Keeps what was to be removed. */
export async function keepFromTrash(on: Queries, prefix: string): Promise<void> {
  await on.query('DELETE FROM fns.trash WHERE prefix = $1', [prefix]);
}

/** Removes what is due, so much at a time. @returns how much it was */
export async function emptyTrash(on: Queries, storage: Storage, most = 200): Promise<number> {
  const due = await on.query<{ prefix: string }>('SELECT prefix FROM fns.trash WHERE due <= now() LIMIT $1', [
    most,
  ]);
  for (const { prefix } of due) {
    await storage.remove(prefix);
    await on.query('DELETE FROM fns.trash WHERE prefix = $1 AND due <= now()', [prefix]);
  }
  return due.length;
}
