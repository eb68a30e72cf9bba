/** Writes ONNX files. */
import { type Dim, dimText } from './dim.js';
import { type Attribute, type Graph, GraphError, type Initializer, type Tensor } from './graph.js';
import { ELEMENT_TYPES, ModelProto } from './onnx-schema.js';

/** Opset of every file that this project writes. */
export const OPSET = 17;
const IR_VERSION = 8;

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
