/** The person's own styles, kept in the browser. */
import { database, type StoredStyle } from './database.js';

/** An own style, with an address for its thumbnail. */
export interface OwnStyle extends StoredStyle {
  thumbnailUrl: string;
}

function withUrl(style: StoredStyle): OwnStyle {
  return { ...style, thumbnailUrl: URL.createObjectURL(style.thumbnail) };
}

/** All own styles, the oldest first. */
export async function readOwnStyles(): Promise<OwnStyle[]> {
  const all = await (await database()).getAll('styles');
  return all.sort((a, b) => a.added - b.added).map(withUrl);
}

/** Keeps a style. */
export async function addOwnStyle(style: Omit<StoredStyle, 'id' | 'added'>): Promise<OwnStyle> {
  const stored = { ...style, id: `own-${crypto.randomUUID()}`, added: Date.now() };
  await (await database()).put('styles', stored);
  return withUrl(stored);
}

/** Gives a style another name. */
export async function renameOwnStyle(id: string, name: string): Promise<void> {
  const db = await database();
  const style = await db.get('styles', id);
  if (style) await db.put('styles', { ...style, name });
}

/** Gives a style another network and thumbnail; nothing when it was deleted. */
export async function replaceOwnStyle(
  id: string,
  change: Pick<StoredStyle, 'bytes' | 'thumbnail'>,
): Promise<OwnStyle | undefined> {
  const db = await database();
  const style = await db.get('styles', id);
  if (!style) return undefined;
  await db.put('styles', { ...style, ...change });
  return withUrl({ ...style, ...change });
}

/** Deletes a style. */
export async function deleteOwnStyle({ id, thumbnailUrl }: OwnStyle): Promise<void> {
  URL.revokeObjectURL(thumbnailUrl);
  await (await database()).delete('styles', id);
}
