import { readdir, readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure } from '../core/errors.js';

/** The folder of the shipped styles: beside the compiled code and beside the sources alike. */
const folder = fileURLToPath(new URL('../../models/', import.meta.url));

/** Names of the styles that come with the package. */
export async function shippedStyles(): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((f) => f.endsWith('.onnx'))
    .map((f) => f.slice(0, -'.onnx'.length))
    .sort();
}

/**
 * The bytes of a style: a shipped name (`wave`) or the path of an ONNX file.
 *
 * @throws FnsError when there is neither, saying which names exist.
 */
export async function readStyleFile(nameOrPath: string): Promise<{ bytes: Uint8Array; label: string }> {
  const names = await shippedStyles();
  if (names.includes(nameOrPath)) {
    return {
      bytes: new Uint8Array(await readFile(`${folder}${nameOrPath}.onnx`)),
      label: `style ${nameOrPath}`,
    };
  }
  try {
    const bytes = new Uint8Array(await readFile(nameOrPath));
    if (bytes.length === 0) throw failure(`the style file ${nameOrPath} is empty`);
    return { bytes, label: nameOrPath };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    const plain = basename(nameOrPath) === nameOrPath && extname(nameOrPath) === '';
    const what = plain ? `unknown style '${nameOrPath}'` : `cannot read the style file ${nameOrPath}`;
    throw failure(`${what}: an .onnx file or a shipped style (${names.join(', ')}) is needed`, error);
  }
}
