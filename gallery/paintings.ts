/** The paintings that recipes name. */
import { basename, extname } from 'node:path';
import { listPhotos } from 'fast-neural-style';

/** A folder's paintings by the names of their files without their extensions. */
export async function paintingFiles(folder: string): Promise<{ names: string[]; of(name: string): string }> {
  const found = new Map((await listPhotos(folder)).map((path) => [basename(path, extname(path)), path]));
  return {
    names: [...found.keys()],
    of(name) {
      const path = found.get(name);
      if (path === undefined) throw new Error(`no painting ${name} in ${folder}`);
      return path;
    },
  };
}
