import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeStyle } from '../src/files/style-file.js';
import { initialParameters } from '../src/nets/parameters.js';

/** Writes a small untrained style into a folder, and gives its path. */
export async function tinyStyle(folder: string, file = 'tiny.onnx', seed = 1): Promise<string> {
  const path = join(folder, file);
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
  await writeFile(path, encodeStyle({ info, parameters: initialParameters('modern', 4, seed) }));
  return path;
}
