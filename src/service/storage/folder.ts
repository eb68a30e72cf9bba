/** A store in a folder: of one machine, or shared by several. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../../node/media/files.js';
import { requireKey, type Storage } from './storage.js';

/** Opens the store in a folder, which is made. */
export async function openFolder(folder: string): Promise<Storage> {
  await makeFolder(folder);
  const pathOf = (key: string) => join(folder, requireKey(key));
  return {
    async putFile(key, path) {
      const target = pathOf(key);
      await mkdir(dirname(target), { recursive: true });
      const part = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.part`);
      try {
        await copyFile(path, part);
        // Written down before it has its name: what a row of the database names is there after a power cut as well.
        const file = await open(part, 'r+');
        await file.sync().finally(() => file.close());
        await rename(part, target);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },
    async read(key, range) {
      const path = pathOf(key);
      const found = await stat(path).catch(missing);
      return found?.isFile() ? { bytes: found.size, stream: createReadStream(path, range) } : undefined;
    },
    async getFile(key, path) {
      try {
        await copyFile(pathOf(key), path);
        return true;
      } catch (error) {
        missing(error);
        return false;
      }
    },
    async remove(prefix) {
      await rm(pathOf(prefix), { recursive: true, force: true });
    },
    async check() {
      await access(folder, constants.W_OK);
    },
  };
}

/** Nothing for what is not there; other errors are thrown on. */
function missing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
