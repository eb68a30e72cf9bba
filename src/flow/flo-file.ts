/** Flow files (.flo) as those of the Middlebury benchmark: a float that spells PIEH, the size, then pairs of floats. */
import { failure } from '../core/errors.js';
import type { Flow } from './flow-field.js';

const TAG = 202021.25;
const HEADER = 12;

/** The bytes of a flow file. */
export function writeFlo({ width, height, dx, dy }: Flow): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER + 8 * dx.length));
  view.setFloat32(0, TAG, true);
  view.setInt32(4, width, true);
  view.setInt32(8, height, true);
  for (let i = 0; i < dx.length; i++) {
    view.setFloat32(HEADER + 8 * i, dx[i]!, true);
    view.setFloat32(HEADER + 8 * i + 4, dy[i]!, true);
  }
  return new Uint8Array(view.buffer);
}

/**
 * Reads a flow file.
 *
 * @param name for errors
 * @throws FnsError when it is none, or is not whole.
 */
export function readFlo(bytes: Uint8Array, name: string): Flow {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER || view.getFloat32(0, true) !== TAG) throw failure(`${name} is no .flo file`);
  const [width, height] = [view.getInt32(4, true), view.getInt32(8, true)];
  if (width < 1 || height < 1 || HEADER + 8 * width * height !== bytes.length) {
    throw failure(`${name} is not whole: ${width}x${height} vectors do not make ${bytes.length} bytes`);
  }
  const count = width * height;
  const at = (offset: number) =>
    Float32Array.from({ length: count }, (_, i) => view.getFloat32(HEADER + 8 * i + offset, true));
  return { width, height, dx: at(0), dy: at(4) };
}
