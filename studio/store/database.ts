/** The page's database: own styles, and what a training needs to go on. */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

/** A style as it is kept. */
export interface StoredStyle {
  id: string;
  name: string;
  bytes: Uint8Array;
  /** A small picture. */
  thumbnail: Blob;
  /** Milliseconds since 1970. */
  added: number;
}

interface Schema extends DBSchema {
  styles: { key: string; value: StoredStyle };
  /** Single values by name. */
  values: { key: string; value: unknown };
}

let opened: Promise<IDBPDatabase<Schema>> | undefined;

/** The database, opened once. */
export function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('fast-neural-style', 1, {
    upgrade(db) {
      db.createObjectStore('styles', { keyPath: 'id' });
      db.createObjectStore('values');
    },
    terminated() {
      opened = undefined;
    },
  });
  return opened;
}
