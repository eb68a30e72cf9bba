/** Files as the database has them: uploads, and results of jobs. Their bytes lie in the store. */
import type { Queries } from '../database/database.js';
import { addTrash } from './trash.js';

/** A file. */
export interface StoredFile {
  id: string;
  owner: string;
  /** The job that made it; null of an upload. */
  job: string | null;
  /** Its name for people. */
  name: string;
  key: string;
  bytes: number;
  sha256: string;
  created: Date;
}

const COLUMNS = 'id, owner, job, name, key, bytes, sha256, created';

function fileOf(row: object): StoredFile {
  const file = row as StoredFile;
  return { ...file, bytes: Number(file.bytes) };
}

/** Writes down a file whose bytes are stored. */
export async function addFile(on: Queries, file: Omit<StoredFile, 'created'>): Promise<void> {
  const { id, owner, job, name, key, bytes, sha256 } = file;
  await on.query(
    'INSERT INTO fns.file (id, owner, job, name, key, bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [id, owner, job, name, key, bytes, sha256],
  );
}

/** Reads a file; undefined where the owner has none of this id. */
export async function readFileRecord(
  on: Queries,
  id: string,
  owner?: string,
): Promise<StoredFile | undefined> {
  const [row] = await on.query(
    `SELECT ${COLUMNS} FROM fns.file WHERE id = $1 AND ($2::text IS NULL OR owner = $2)`,
    [id, owner ?? null],
  );
  return row && fileOf(row);
}

/** The results of a job, in their order. */
export async function resultsOf(on: Queries, job: string): Promise<StoredFile[]> {
  const rows = await on.query(`SELECT ${COLUMNS} FROM fns.file WHERE job = $1 ORDER BY key`, [job]);
  return rows.map(fileOf);
}

/** Forgets an upload, within a transaction. Undefined where a job that waits or runs needs it, or there is none. */
export async function removeUpload(tx: Queries, id: string, owner: string): Promise<StoredFile | undefined> {
  const [row] = await tx.query(
    `DELETE FROM fns.file f WHERE id = $1 AND owner = $2 AND job IS NULL AND NOT EXISTS (
       SELECT 1 FROM fns.job j WHERE j.owner = $2 AND j.state IN ('queued', 'running')
         AND EXISTS (SELECT 1 FROM jsonb_each_text(j.inputs) i WHERE i.value = f.id::text))
     RETURNING ${COLUMNS}`,
    [id, owner],
  );
  if (!row) return undefined;
  const file = fileOf(row);
  await addTrash(tx, file.key);
  return file;
}
