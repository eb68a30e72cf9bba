/**
 * The part of TensorFlow's checkpoint messages that is read here, as a protobufjs description. Message and field
 * numbers are those of tensorflow/core/protobuf/tensor_bundle.proto (V2) and
 * tensorflow/core/util/saved_tensor_slice.proto (V1). What is only needed when a tensor is read, and packed numbers,
 * are `bytes`: the same on the wire.
 */
const field = (type: string, id: number, repeated = false) =>
  repeated ? { rule: 'repeated', type, id } : { type, id };

/** Description for `protobuf.Root.fromJSON`. */
export const tensorflowSchema = {
  nested: {
    BundleHeader: { fields: { numShards: field('int32', 1), endianness: field('int32', 2) } },
    BundleEntry: {
      fields: {
        dtype: field('int32', 1),
        shape: field('TensorShape', 2),
        shardId: field('int32', 3),
        offset: field('int64', 4),
        size: field('int64', 5),
        crc32c: field('fixed32', 6),
        slices: field('TensorSlice', 7, true),
      },
    },
    TensorShape: { fields: { dim: field('Dim', 2, true), unknownRank: field('bool', 3) } },
    Dim: { fields: { size: field('int64', 1) } },
    TensorSlice: { fields: { extent: field('Extent', 1, true) } },
    Extent: { fields: { start: field('int64', 1), length: field('int64', 2) } },
    SavedTensorSlices: { fields: { meta: field('SavedTensorSliceMeta', 1), data: field('SavedSlice', 2) } },
    SavedTensorSliceMeta: { fields: { tensor: field('SavedSliceMeta', 1, true) } },
    SavedSliceMeta: {
      fields: {
        name: field('string', 1),
        shape: field('TensorShape', 2),
        type: field('int32', 3),
        slice: field('TensorSlice', 4, true),
      },
    },
    SavedSlice: {
      fields: { name: field('string', 1), slice: field('TensorSlice', 2), data: field('bytes', 3) },
    },
    TensorData: {
      fields: { content: field('bytes', 4), floats: field('bytes', 5), doubles: field('bytes', 6) },
    },
  },
};
