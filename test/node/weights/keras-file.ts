import type { Group } from 'h5wasm';

/** Data sets by path, such as `block1_conv1/block1_conv1_W_1:0`. */
export type Arrays = Record<string, { shape: number[]; data: Float32Array }>;

/** The bytes of an HDF5 file as Keras writes them: a group per layer, the arrays in it. */
export async function kerasFile(arrays: Arrays): Promise<Uint8Array> {
  const { File, ready } = await import('h5wasm');
  const { FS } = await ready;
  const file = new File('/made-by-test.h5', 'w');
  const groups = new Map<string, Group>([['', file]]);
  for (const [path, { shape, data }] of Object.entries(arrays)) {
    const parts = path.split('/');
    let parent: Group = file;
    for (let depth = 1; depth < parts.length; depth++) {
      const name = parts.slice(0, depth).join('/');
      const group: Group = groups.get(name) ?? parent.create_group(parts[depth - 1]!);
      groups.set(name, group);
      parent = group;
    }
    parent.create_dataset({ name: parts.at(-1)!, data, shape, dtype: '<f4' });
  }
  file.close();
  const bytes = FS.readFile('/made-by-test.h5') as Uint8Array;
  FS.unlink('/made-by-test.h5');
  return bytes;
}
