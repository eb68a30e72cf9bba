/** Reads ONNX files. `write-model.ts` writes them. */
import { failure } from '../core/errors.js';
import { halvesToFloats } from '../core/half.js';
import { type DType, GraphError, type Initializer } from './graph.js';
import { ELEMENT_TYPES, ModelProto } from './onnx-schema.js';

const TYPE_NAMES = new Map(Object.entries(ELEMENT_TYPES).map(([name, n]) => [n, name as DType]));

/** An input or output of a model file. Symbolic sizes are given by their text, free ones without a name by `?`. */
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

/** A model file without its computation: all that can be known without running it. */
export interface ModelDescription {
  opset: number;
  producer: string;
  metadata: Record<string, string>;
  /** What the file says in words: the doc strings of the model, its graph, its inputs and its outputs. */
  docs: string[];
  inputs: ModelValue[];
  outputs: ModelValue[];
  /** Constants by name. Types other than float32, float16 and the integers are left out. */
  weights: Map<string, Initializer>;
  /** How many nodes there are of each operator. */
  operators: Map<string, number>;
  /** The operators in the file's order, in which each comes after those that it needs. */
  nodes: ModelNode[];
}

interface RawValue {
  name: string;
  docString?: string;
  type?: { tensorType?: { elemType: number; shape?: { dim: RawDim[] } } };
}

interface RawDim {
  dimValue?: number;
  dimParam?: string;
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
    shape: (v.type?.tensorType?.shape?.dim ?? []).map(sizeOf),
  });
  const opset = (model.opsetImport as { domain?: string; version: number }[]).find((o) => !o.domain);
  const documented: { docString?: string }[] = [model, graph, ...graph.input, ...graph.output];
  const entries = model.metadataProps as { key: string; value: string }[];
  return {
    opset: opset?.version ?? 0,
    producer: model.producerName ?? '',
    metadata: Object.fromEntries(entries.map((e) => [e.key, e.value ?? ''])),
    docs: documented.map(({ docString }) => docString ?? '').filter((text) => text !== ''),
    inputs: (graph.input as RawValue[]).filter((v) => !weights.has(v.name)).map(value),
    outputs: (graph.output as RawValue[]).map(value),
    weights,
    operators: countOf((graph.node as { opType: string }[]).map((n) => n.opType)),
    nodes: (graph.node as RawNode[]).map(nodeOf),
  };
}

/**
 * Reads an ONNX file that a user named.
 *
 * @param label its name, with which the error begins
 * @throws FnsError when the bytes are not an ONNX model or a weight is cut off.
 */
export function readModel(bytes: Uint8Array, label: string): ModelDescription {
  try {
    return describeModel(bytes);
  } catch (error) {
    throw failure(`${label}: ${(error as Error).message}`, error);
  }
}

/** The values of a weight when they are floating point numbers, half floats widened; otherwise undefined. */
export function floatsOf({ dtype, data }: Initializer): Float32Array | undefined {
  if (data instanceof Float32Array) return data;
  return dtype === 'float16' ? halvesToFloats(data as Uint16Array) : undefined;
}

function nodeOf({ opType, input, output, attribute }: RawNode): ModelNode {
  const attributes: ModelNode['attributes'] = new Map();
  for (const a of attribute) {
    const value = attributeValue(a);
    if (value !== undefined) attributes.set(a.name, value);
  }
  return { type: opType, inputs: input, outputs: output, attributes };
}

/** A size of a shape. Some exporters write a free one as -1 or 0. */
function sizeOf({ dimParam, dimValue = 0 }: RawDim): number | string {
  return dimParam || (dimValue > 0 ? dimValue : '?');
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
