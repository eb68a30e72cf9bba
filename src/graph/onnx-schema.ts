/**
 * The part of the ONNX file format that this project writes and reads, as a protobufjs description.
 * Message and field numbers are those of the published `onnx.proto3` (IR version 8).
 */
import protobuf from 'protobufjs/light.js';
import type { DType } from './graph.js';

const string = (id: number, repeated = false) => field('string', id, repeated);
const field = (type: string, id: number, repeated = false) =>
  repeated ? { rule: 'repeated', type, id } : { type, id };

const onnxSchema = {
  nested: {
    ModelProto: {
      fields: {
        irVersion: field('int64', 1),
        producerName: string(2),
        producerVersion: string(3),
        domain: string(4),
        modelVersion: field('int64', 5),
        docString: string(6),
        graph: field('GraphProto', 7),
        opsetImport: field('OperatorSetIdProto', 8, true),
        metadataProps: field('StringStringEntryProto', 14, true),
      },
    },
    OperatorSetIdProto: { fields: { domain: string(1), version: field('int64', 2) } },
    StringStringEntryProto: { fields: { key: string(1), value: string(2) } },
    GraphProto: {
      fields: {
        node: field('NodeProto', 1, true),
        name: string(2),
        initializer: field('TensorProto', 5, true),
        docString: string(10),
        input: field('ValueInfoProto', 11, true),
        output: field('ValueInfoProto', 12, true),
        valueInfo: field('ValueInfoProto', 13, true),
      },
    },
    NodeProto: {
      fields: {
        input: string(1, true),
        output: string(2, true),
        name: string(3),
        opType: string(4),
        attribute: field('AttributeProto', 5, true),
        docString: string(6),
        domain: string(7),
      },
    },
    AttributeProto: {
      fields: {
        name: string(1),
        f: field('float', 2),
        i: field('int64', 3),
        s: field('bytes', 4),
        t: field('TensorProto', 5),
        floats: field('float', 7, true),
        ints: field('int64', 8, true),
        strings: field('bytes', 9, true),
        type: field('int32', 20),
      },
    },
    TensorProto: {
      fields: {
        dims: field('int64', 1, true),
        dataType: field('int32', 2),
        floatData: field('float', 4, true),
        int32Data: field('int32', 5, true),
        int64Data: field('int64', 7, true),
        name: string(8),
        rawData: field('bytes', 9),
        doubleData: field('double', 10, true),
        dataLocation: field('int32', 14),
      },
    },
    ValueInfoProto: { fields: { name: string(1), type: field('TypeProto', 2), docString: string(3) } },
    TypeProto: { fields: { tensorType: field('TypeProtoTensor', 1), denotation: string(6) } },
    TypeProtoTensor: { fields: { elemType: field('int32', 1), shape: field('TensorShapeProto', 2) } },
    TensorShapeProto: { fields: { dim: field('Dimension', 1, true) } },
    Dimension: {
      oneofs: { value: { oneof: ['dimValue', 'dimParam'] } },
      fields: { dimValue: field('int64', 1), dimParam: string(2), denotation: string(3) },
    },
  },
};

/** The message of a whole file. */
export const ModelProto = protobuf.Root.fromJSON(onnxSchema).lookupType('ModelProto');

/** ONNX's numbers of the element types. */
export const ELEMENT_TYPES: Record<DType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};
