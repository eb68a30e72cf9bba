/** Resumable uploads that are whole become files, each once. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { FileStore } from '@tus/file-store';
import { readFileRecord } from '../records/file.js';
import { keepFromTrash } from '../records/trash.js';
import type { WebContext } from './context.js';
import { type ReceivedFile, receiveFile } from './receive-file.js';

/** An upload: its name, and whose it is. */
interface WholeUpload {
  id: string;
  owner: string;
  filename: string;
}

/**
 * What makes a file of an upload that is whole. Those who ask while it is at work wait for the same file; after an error
 * the next who asks begins anew.
 *
 * @param store whose uploads they are
 */
export function newFinisher(
  context: WebContext,
  store: FileStore,
): (upload: WholeUpload) => Promise<ReceivedFile> {
  const { database } = context.ledger;
  const finishing = new Map<string, Promise<ReceivedFile>>();

  async function finish({ id, owner, filename }: WholeUpload): Promise<ReceivedFile> {
    const file = (await readFileRecord(database, id, owner)) ?? (await receive({ id, owner, filename }));
    // What stays is removed when it expires.
    await store.remove(id).catch(() => {});
    const { name, bytes, sha256 } = file;
    return { id, name, bytes, sha256 };
  }

  async function receive({ id, owner, filename }: WholeUpload): Promise<ReceivedFile> {
    try {
      const stream = createReadStream(join(store.directory, id));
      return await receiveFile(context, owner, filename, stream, id);
    } catch (error) {
      // Another process with the same folder was first.
      const file = await readFileRecord(database, id, owner);
      if (!file) throw error;
      await keepFromTrash(database, file.key);
      return file;
    }
  }

  return (upload) => {
    const { id } = upload;
    const file = finishing.get(id) ?? finish(upload).finally(() => finishing.delete(id));
    finishing.set(id, file);
    return file;
  };
}
