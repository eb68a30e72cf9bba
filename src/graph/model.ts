import protobuf from 'protobufjs/light.js';
import { type Dim, dimText } from './dim.js';
import {
  type Attribute,
  type DType,
  type Graph,
  GraphError,
  type Initializer,
  type Tensor,
} from './graph.js';
import { onnxSchema } from './onnx-schema.js';

/** Opset of every file that this project writes. */
export const OPSET = 17;
const IR_VERSION = 8;

/** ONNX's numbers of the element types. */
const ELEMENT_TYPES: Record<DType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};
const TYPE_NAMES = new Map(Object.entries(ELEMENT_TYPES).map(([name, n]) => [n, name as DType]));

const ModelProto = protobuf.Root.fromJSON(onnxSchema).lookupType('ModelProto');

/** An input or output of a model file. Symbolic sizes are given by their text. */
export interface ModelValue {
  name: string;
  dtype: DType | undefined;
  shape: (number | string)[];
}

/** One operator of a model file. */
export interface ModelNode {
  type: string;
  inputs: string[];
  outputs: string[];
  /** By name. Attributes of types that are not read here are left out. */
  attributes: Map<string, number | number[] | string | Initializer>;
}

/** What can be known of a model file without running it. */
export interface ModelDescription {
  opset: number;
  producer: string;
  metadata: Record<string, string>;
  inputs: ModelValue[];
  outputs: ModelValue[];
  /** Constants by name. Types other than float32, float16 and the integers are left out. */
  weights: Map<string, Initializer>;
  /** How many nodes there are of each operator. */
  operators: Map<string, number>;
  /** The operators in the file's order, in which each comes after those that it needs. */
  nodes: ModelNode[];
}

/**
 * The graph as the bytes of an ONNX file (IR version 8, opset 17), with only what its outputs need.
 *
 * @throws GraphError when the graph has no output.
 */
export function toModel(graph: Graph, metadata: Record<string, string> = {}): Uint8Array {
  if (graph.outputs.length === 0) throw new GraphError('toModel: the graph has no output');
  const used = new Set(graph.outputs.map((o) => o.tensor.name));
  const nodes = [];
  for (const node of graph.nodes.slice().reverse()) {
    if (!node.outputs.some((name) => used.has(name))) continue;
    for (const name of node.inputs) if (name) used.add(name);
    nodes.push(node);
  }
  nodes.reverse();

  // A computed tensor takes the output's name; a tensor that is an input, a constant or a second output is copied.
  const produced = new Set(nodes.flatMap((n) => n.outputs));
  const rename = new Map<string, string>();
  const copies = [];
  for (const { name, tensor } of graph.outputs) {
    if (produced.has(tensor.name) && !rename.has(tensor.name)) rename.set(tensor.name, name);
    else copies.push({ opType: 'Identity', input: [rename.get(tensor.name) ?? tensor.name], output: [name] });
  }
  const renamed = (name: string) => rename.get(name) ?? name;
  const domains = new Set(nodes.map((n) => n.domain).filter((d) => d !== ''));

  const message = {
    irVersion: IR_VERSION,
    producerName: 'fast-neural-style',
    opsetImport: [{ domain: '', version: OPSET }, ...[...domains].map((domain) => ({ domain, version: 1 }))],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'fast-neural-style',
      node: [
        ...nodes.map((n) => ({
          input: n.inputs.map(renamed),
          output: n.outputs.map(renamed),
          opType: n.type,
          domain: n.domain,
          attribute: Object.entries(n.attributes).map(([name, value]) => attributeMessage(name, value)),
        })),
        ...copies,
      ],
      initializer: [...graph.initializers.values()].filter((i) => used.has(i.name)).map(initializerMessage),
      input: graph.inputs.map((t) => valueMessage(t.name, t)),
      output: graph.outputs.map((o) => valueMessage(o.name, o.tensor)),
    },
  };
  return ModelProto.encode(ModelProto.fromObject(message)).finish();
}

function attributeMessage(name: string, value: Attribute) {
  if ('int' in value) return { name, i: value.int, type: 2 };
  if ('ints' in value) return { name, ints: value.ints, type: 7 };
  if ('float' in value) return { name, f: value.float, type: 1 };
  return { name, s: new TextEncoder().encode(value.text), type: 3 };
}

function initializerMessage({ name, dtype, shape, data }: Initializer) {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims: shape, dataType: ELEMENT_TYPES[dtype], rawData };
}

function valueMessage(name: string, tensor: Tensor) {
  const dim = (d: Dim) => (typeof d === 'number' ? { dimValue: d } : { dimParam: dimText(d) });
  const tensorType = { elemType: ELEMENT_TYPES[tensor.dtype], shape: { dim: tensor.shape.map(dim) } };
  return { name, type: { tensorType } };
}

interface RawValue {
  name: string;
  type?: { tensorType?: { elemType: number; shape?: { dim: { dimValue?: number; dimParam?: string }[] } } };
}

interface RawTensor {
  name: string;
  dims: number[];
  dataType: number;
  rawData?: Uint8Array;
  floatData: number[];
  int32Data: number[];
  int64Data: number[];
  dataLocation?: number;
}

interface RawNode {
  opType: string;
  input: string[];
  output: string[];
  attribute: RawAttribute[];
}

interface RawAttribute {
  name: string;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: RawTensor;
  floats: number[];
  ints: number[];
  type?: number;
}

/**
 * Reads the description and the weights of an ONNX file.
 *
 * @throws GraphError when the bytes are not an ONNX model or a weight is cut off.
 */
export function describeModel(bytes: Uint8Array): ModelDescription {
  let model: ReturnType<typeof ModelProto.toObject>;
  try {
    model = ModelProto.toObject(ModelProto.decode(bytes), { longs: Number, arrays: true, defaults: false });
  } catch {
    throw new GraphError('not an ONNX model, or a damaged one');
  }
  const graph = model.graph;
  if (!graph || graph.node.length === 0) throw new GraphError('not an ONNX model: it holds no graph');
  const weights = new Map<string, Initializer>();
  for (const tensor of graph.initializer as RawTensor[]) {
    const dtype = TYPE_NAMES.get(tensor.dataType);
    if (!dtype) continue;
    weights.set(tensor.name, {
      name: tensor.name,
      dtype,
      shape: tensor.dims,
      data: tensorData(tensor, dtype),
    });
  }
  const value = (v: RawValue): ModelValue => ({
    name: v.name,
    dtype: TYPE_NAMES.get(v.type?.tensorType?.elemType ?? 0),
    shape: (v.type?.tensorType?.shape?.dim ?? []).map((d) => d.dimParam || (d.dimValue ?? '?')),
  });
  const opset = (model.opsetImport as { domain?: string; version: number }[]).find((o) => !o.domain);
  const entries = model.metadataProps as { key: string; value: string }[];
  return {
    opset: opset?.version ?? 0,
    producer: model.producerName ?? '',
    metadata: Object.fromEntries(entries.map((e) => [e.key, e.value ?? ''])),
    inputs: (graph.input as RawValue[]).filter((v) => !weights.has(v.name)).map(value),
    outputs: (graph.output as RawValue[]).map(value),
    weights,
    operators: countOf((graph.node as { opType: string }[]).map((n) => n.opType)),
    nodes: (graph.node as RawNode[]).map(nodeOf),
  };
}

function nodeOf({ opType, input, output, attribute }: RawNode): ModelNode {
  const attributes: ModelNode['attributes'] = new Map();
  for (const a of attribute) {
    const value = attributeValue(a);
    if (value !== undefined) attributes.set(a.name, value);
  }
  return { type: opType, inputs: input, outputs: output, attributes };
}

/** The value of an attribute, by the field that is there: old exporters leave the type out. */
function attributeValue(a: RawAttribute): number | number[] | string | Initializer | undefined {
  if (a.t) {
    const dtype = TYPE_NAMES.get(a.t.dataType);
    return dtype && { name: a.t.name, dtype, shape: a.t.dims, data: tensorData(a.t, dtype) };
  }
  if (a.ints.length > 0) return a.ints;
  if (a.floats.length > 0) return a.floats;
  if (a.s) return new TextDecoder().decode(a.s);
  // A 0 is not written by encoders that leave defaults out.
  return a.i ?? a.f ?? (a.type === 1 || a.type === 2 ? 0 : undefined);
}

/** How often each text occurs. */
function countOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

function tensorData(tensor: RawTensor, dtype: DType): Initializer['data'] {
  const count = tensor.dims.reduce((a, b) => a * b, 1);
  const width = { float32: 4, int32: 4, int64: 8, float16: 2, uint8: 1, int8: 1, bool: 1 }[dtype];
  const raw = tensor.rawData;
  if (tensor.dataLocation === 1) {
    throw new GraphError(
      `the weight ${tensor.name} lies in another file (external data): one file is needed`,
    );
  }
  if (raw?.length) {
    if (raw.length !== count * width)
      throw new GraphError(`the weight ${tensor.name} is damaged: wrong length`);
    // A copy of its own, also when the file came as a Node Buffer, whose slice() copies nothing.
    const { buffer } = new Uint8Array(raw);
    if (dtype === 'float32') return new Float32Array(buffer);
    if (dtype === 'int64') return new BigInt64Array(buffer);
    if (dtype === 'int32') return new Int32Array(buffer);
    if (dtype === 'float16') return new Uint16Array(buffer);
    return dtype === 'int8' ? new Int8Array(buffer) : new Uint8Array(buffer);
  }
  const values =
    dtype === 'float32' ? tensor.floatData : dtype === 'int64' ? tensor.int64Data : tensor.int32Data;
  if (values.length !== count) throw new GraphError(`the weight ${tensor.name} is damaged: wrong length`);
  if (dtype === 'float32') return Float32Array.from(values);
  if (dtype === 'int64') return BigInt64Array.from(values, (v) => BigInt(v));
  if (dtype === 'int32') return Int32Array.from(values);
  if (dtype === 'float16') return Uint16Array.from(values);
  return dtype === 'int8' ? Int8Array.from(values) : Uint8Array.from(values);
}
