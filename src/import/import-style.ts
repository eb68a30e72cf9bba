/** Takes in networks that others trained, as styles of ours. */
import { FnsError, failure } from '../core/errors.js';
import { readSafetensors } from '../core/safetensors.js';
import { decodeStyle, type Style } from '../files/style-file.js';
import { isStyleMetadata } from '../files/style-metadata.js';
import { decodeStyleTensors } from '../files/style-tensors.js';
import { describeModel, GraphError } from '../graph/index.js';
import { convertTensors } from './layouts.js';
import { isTable } from './leveldb-table.js';
import { tensorsOfOnnxNetwork } from './onnx-style-network.js';
import { MANIFEST, readRawVariables } from './raw-variables.js';
import type { ForeignTensors } from './tensor.js';
import { readCheckpoint, readOldCheckpoint } from './tensorflow-checkpoint.js';
import { isTorchFile, readTorchFile } from './torch-file.js';

/** Options of `importStyle`. */
export interface ImportOptions {
  /** The name of the file in errors and in the default licence. */
  label?: string;
  /** Name of the style; by default that which the file gives it, or its label without its extension. */
  name?: string;
  /** The licence to write into the style; by default a note where it came from. */
  licence?: string;
}

/**
 * Reads a network that another program trained as a style of ours, for pictures of any size. Known are, whatever the
 * file's name is:
 *
 * - state_dicts of pytorch/examples fast_neural_style by `torch.save`, old and new format;
 * - ONNX files of the same network, such as the ONNX zoo's;
 * - lengstrom/fast-style-transfer: a TensorFlow checkpoint (V2: NAME.index with its data files; V1: one file), or a
 *   folder with `manifest.json` and raw float32 variables;
 * - safetensors of one of these, or of our own (`fns export`), with or without metadata.
 *
 * Nothing of the file is executed.
 *
 * @param source the content of the file, or of several by file name
 * @throws FnsError of one line when the format or the network is unknown, or naming the first thing that does not fit.
 */
export function importStyle(
  source: Uint8Array | ReadonlyMap<string, Uint8Array>,
  { label = 'the file', name, licence }: ImportOptions = {},
): Style {
  try {
    const style = read(source, label);
    const { info, parameters } = style;
    return { info: { ...info, name: name ?? info.name, licence: licence ?? info.licence }, parameters };
  } catch (error) {
    if (error instanceof FnsError) throw oneLine(error);
    if (error instanceof GraphError) throw oneLine(failure(`${label}: ${error.message}`, error));
    throw error;
  }
}

/** Names in a file may hold anything; an error is one line that a terminal can show. */
function oneLine(error: FnsError): FnsError {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const message = error.message.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, '?').slice(0, 400);
  return new FnsError(message, error.kind, { cause: error.cause });
}

function read(source: Uint8Array | ReadonlyMap<string, Uint8Array>, label: string): Style {
  if (source instanceof Uint8Array) return readFile(source, label);
  if (source.has(MANIFEST)) return styleOf(readRawVariables(source, label), label);
  const indices = [...source.keys()].filter((file) => file.endsWith('.index'));
  if (indices.length === 1) {
    const index = indices[0]!;
    const digits = (n: number) => String(n).padStart(5, '0');
    const shard = (n: number, count: number) =>
      source.get(`${index.slice(0, -'.index'.length)}.data-${digits(n)}-of-${digits(count)}`);
    return styleOf(readCheckpoint(source.get(index)!, shard, label), label);
  }
  const [only, ...others] = source.values();
  if (only && others.length === 0) return readFile(only, label);
  throw failure(
    `${label}: expected one file, a ${MANIFEST} with its variables, or a checkpoint's .index with its data`,
  );
}

function readFile(bytes: Uint8Array, label: string): Style {
  if (isSafetensors(bytes)) {
    const { tensors, metadata } = readSafetensors(bytes, label);
    if (isStyleMetadata(metadata)) return decodeStyleTensors(bytes, label);
    const lazy = [...tensors].map(([key, { shape, data }]) => [key, { shape, read: () => data }] as const);
    return styleOf(new Map(lazy), label);
  }
  if (isTorchFile(bytes)) return styleOf(readTorchFile(bytes, label), label);
  if (isTable(bytes)) return styleOf(readOldCheckpoint(bytes, label), label);
  let model: ReturnType<typeof describeModel>;
  try {
    model = describeModel(bytes);
  } catch (error) {
    throw failure(
      `${label}: neither a PyTorch state_dict (.pth, .model), ONNX or safetensors file nor a TensorFlow checkpoint that can be read`,
      error,
    );
  }
  if (isStyleMetadata(model.metadata)) return decodeStyle(bytes, label);
  return styleOf(tensorsOfOnnxNetwork(model, label), label);
}

/**
 * A length of the header that the file has room for, and a header that starts as JSON: more telling than how the other
 * formats start.
 */
function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return false;
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  return headerLength <= BigInt(bytes.length);
}

function styleOf(tensors: ForeignTensors, label: string): Style {
  const { architecture, width, parameters, paintings } = convertTensors(tensors, label);
  const file = label.split(/[/\\]/).at(-1)!;
  return {
    info: {
      name: file.replace(/(.)\.[^.]+$/, '$1') || 'imported',
      architecture,
      width,
      steps: 0,
      seed: 0,
      lossNetwork: '',
      config: '{}',
      licence: `imported from ${file}; see its author's licence`,
      ...(paintings ? { paintings } : {}),
    },
    parameters,
  };
}
