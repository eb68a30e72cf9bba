import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeStyle } from '../src/files/style-file.js';
import { initialParameters } from '../src/nets/parameters.js';

/** The bytes of a small untrained style. */
export function tinyStyleBytes(seed = 1): Uint8Array {
  const info = {
    name: 'tiny',
    architecture: 'modern',
    width: 4,
    steps: 1,
    seed: 0,
    lossNetwork: 'vgg16',
    config: '{}',
    licence: '',
  } as const;
  return encodeStyle({ info, parameters: initialParameters('modern', 4, seed) });
}

/** Writes a small untrained style into a folder, and gives its path. */
export async function tinyStyle(folder: string, file = 'tiny.onnx', seed = 1): Promise<string> {
  const path = join(folder, file);
  await writeFile(path, tinyStyleBytes(seed));
  return path;
}
