import { type FnsError, failure } from '../core/errors.js';
import { toFloats } from '../core/safetensors.js';
import { shapeText, sizeOf } from '../graph/index.js';
import type { ForeignTensor, ForeignTensors } from './tensor.js';

/** The file that lists the variables. */
export const MANIFEST = 'manifest.json';

/**
 * Reads a manifest, which lists the variables by name, each with its file and its shape. It is what deeplearn.js and
 * ml5.js make of TensorFlow's checkpoints: `{ "Variable": { "filename": "Variable", "shape": [9, 9, 3, 32] }, ... }`.
 *
 * @param label the name of the folder in errors
 * @throws FnsError when it is no such list, or names a file outside its own folder.
 */
export function readManifest(
  manifest: Uint8Array,
  label: string,
): Map<string, { filename: string; shape: number[] }> {
  const bad = (what: string): FnsError => failure(`${label}: not a readable ${MANIFEST}: ${what}`);
  let list: unknown;
  try {
    list = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(manifest));
  } catch {
    throw bad('it is not JSON');
  }
  if (typeof list !== 'object' || list === null || Array.isArray(list))
    throw bad('it is no list of variables');
  const variables = new Map<string, { filename: string; shape: number[] }>();
  for (const [name, entry] of Object.entries(list as Record<string, unknown>)) {
    const { filename, shape } = (entry ?? {}) as { filename?: unknown; shape?: unknown };
    if (typeof filename !== 'string' || !/^[^/\\]+$/.test(filename) || /^\.+$/.test(filename)) {
      throw bad(`${name} has no file in the same folder`);
    }
    const isShape =
      Array.isArray(shape) && shape.length <= 8 && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
    if (!isShape) throw bad(`${name} has no valid shape`);
    variables.set(name, { filename, shape });
  }
  return variables;
}

/**
 * The variables of a folder with a manifest: one file of raw little-endian float32 numbers each.
 *
 * @param files the contents of the folder by file name
 * @param label the name of the folder in errors
 * @throws FnsError when the manifest or a file that is read is damaged or missing.
 */
export function readRawVariables(files: ReadonlyMap<string, Uint8Array>, label: string): ForeignTensors {
  const manifest = files.get(MANIFEST);
  if (!manifest) throw failure(`${label}: there is no ${MANIFEST}`);
  const tensors = new Map<string, ForeignTensor>();
  for (const [name, { filename, shape }] of readManifest(manifest, label)) {
    const read = () => {
      const bytes = files.get(filename);
      const expected = 4 * sizeOf(shape);
      if (bytes?.length !== expected) {
        const found = bytes ? `has ${bytes.length}` : 'is missing';
        throw failure(
          `${label}: the file ${filename} of ${name} ${shapeText(shape)} needs ${expected} bytes, it ${found}`,
        );
      }
      return toFloats(bytes, 'F32');
    };
    tensors.set(name, { shape, read });
  }
  return tensors;
}
