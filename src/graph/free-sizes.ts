import protobuf from 'protobufjs/light.js';

/** The fields from a model to a size: graph, its values, their types, tensors, shapes, sizes (`onnx.proto3`). */
const PATH: readonly (readonly number[])[] = [[7], [11, 12, 13], [2], [1], [2], [1]];

/** A tag and its byte: `dim_value` as a number, and `denotation` as a text, whose length is then the 0. */
const DIM_VALUE = 0x08;
const DENOTATION = 0x1a;

/** Wire type 2 of Protocol Buffers: a length and so many bytes. */
const BYTES = 2;

/**
 * The model with free sizes for those that are written as 0. ONNX Runtime takes a size of -1 for a free one, but 0 for
 * a picture without pixels. All else stays byte for byte.
 *
 * @param bytes an ONNX model, as `describeModel` can read it
 */
export function withFreeSizes(bytes: Uint8Array): Uint8Array {
  const zeros = zeroSizes(bytes, 0, bytes.length, 0);
  if (zeros.length === 0) return bytes;
  const changed = new Uint8Array(bytes);
  for (const at of zeros) changed[at] = DENOTATION;
  return changed;
}

/** Where the sizes of 0 are in a message that is so deep in the path. */
function zeroSizes(bytes: Uint8Array, start: number, end: number, depth: number): number[] {
  const reader = protobuf.Reader.create(bytes);
  reader.pos = start;
  const found: number[] = [];
  while (reader.pos < end) {
    const at = reader.pos;
    const tag = reader.uint32();
    if (depth === PATH.length) {
      if (tag === DIM_VALUE && bytes[at + 1] === 0) found.push(at);
    } else if ((tag & 7) === BYTES && PATH[depth]!.includes(tag >>> 3)) {
      const length = reader.uint32();
      found.push(...zeroSizes(bytes, reader.pos, reader.pos + length, depth + 1));
      reader.pos += length;
      continue;
    }
    reader.skipType(tag & 7);
  }
  return found;
}
