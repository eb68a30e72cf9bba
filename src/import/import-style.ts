/** Takes in networks that others trained, as styles of ours. */
import { badOption, FnsError, failure } from '../core/errors.js';
import { readSafetensors } from '../core/safetensors.js';
import {
  type PixelFormat,
  RGB_255,
  requirePixelFormat,
  type StatedFormat,
  statedFormat,
} from '../files/pixel-format.js';
import { decodeStyle, type Style } from '../files/style-file.js';
import { isStyleMetadata } from '../files/style-metadata.js';
import { decodeStyleTensors } from '../files/style-tensors.js';
import { describeModel, GraphError } from '../graph/index.js';
import { convertTensors } from './layouts.js';
import { isTable } from './leveldb-table.js';
import { tensorsOfOnnxNetwork } from './onnx-style-network.js';
import { MANIFEST, readRawVariables } from './raw-variables.js';
import { toRgb255 } from './rgb-255.js';
import type { ForeignTensors } from './tensor.js';
import { readCheckpoint, readOldCheckpoint } from './tensorflow-checkpoint.js';
import { isTorchFile, readTorchFile } from './torch-file.js';

/** Options of `importStyle`. `channelOrder` and `range` say what the network wants its pixels to be. */
export interface ImportOptions extends Partial<PixelFormat> {
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
 * Nothing of the file is executed. A network for blue first or for pixels of 0 to 1 becomes one for RGB 0..255, if an
 * ONNX file says that it is one (`files.statedFormat`) or the options do.
 *
 * @param source the content of the file, or of several by file name
 * @throws FnsError of one line when the format or the network is unknown, or naming the first thing that does not fit.
 */
export function importStyle(
  source: Uint8Array | ReadonlyMap<string, Uint8Array>,
  options: ImportOptions = {},
): Style {
  return importWithFormat(source, options).style;
}

/** A style, and what was known of the pixels of its network. */
export interface ImportedStyle {
  style: Style;
  /** What the options or the file say; all of it for a network of this program. */
  known: StatedFormat;
}

/** `importStyle`, with what was known of the pixels. */
export function importWithFormat(
  source: Uint8Array | ReadonlyMap<string, Uint8Array>,
  { label = 'the file', name, licence, channelOrder, range }: ImportOptions = {},
): ImportedStyle {
  try {
    requirePixelFormat({ channelOrder, range });
    const { style, known } = read(source, label, { channelOrder, range });
    const { info, parameters } = style;
    const named = { ...info, name: name ?? info.name, licence: licence ?? info.licence };
    return { style: { info: named, parameters }, known };
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
  return new FnsError(message, error.kind, { cause: error.cause, option: error.option });
}

function read(
  source: Uint8Array | ReadonlyMap<string, Uint8Array>,
  label: string,
  format: Partial<PixelFormat>,
): ImportedStyle {
  if (source instanceof Uint8Array) return readFile(source, label, format);
  if (source.has(MANIFEST)) return styleOf(readRawVariables(source, label), label, format);
  const indices = [...source.keys()].filter((file) => file.endsWith('.index'));
  if (indices.length === 1) {
    const index = indices[0]!;
    const digits = (n: number) => String(n).padStart(5, '0');
    const shard = (n: number, count: number) =>
      source.get(`${index.slice(0, -'.index'.length)}.data-${digits(n)}-of-${digits(count)}`);
    return styleOf(readCheckpoint(source.get(index)!, shard, label), label, format);
  }
  const [only, ...others] = source.values();
  if (only && others.length === 0) return readFile(only, label, format);
  throw failure(
    `${label}: expected one file, a ${MANIFEST} with its variables, or a checkpoint's .index with its data`,
  );
}

function readFile(bytes: Uint8Array, label: string, format: Partial<PixelFormat>): ImportedStyle {
  if (isSafetensors(bytes)) {
    const { tensors, metadata } = readSafetensors(bytes, label);
    if (isStyleMetadata(metadata)) return ourStyle(decodeStyleTensors(bytes, label), label, format);
    const lazy = [...tensors].map(([key, { shape, data }]) => [key, { shape, read: () => data }] as const);
    return styleOf(new Map(lazy), label, format);
  }
  if (isTorchFile(bytes)) return styleOf(readTorchFile(bytes, label), label, format);
  if (isTable(bytes)) return styleOf(readOldCheckpoint(bytes, label), label, format);
  let model: ReturnType<typeof describeModel>;
  try {
    model = describeModel(bytes);
  } catch (error) {
    throw failure(
      `${label}: neither a PyTorch state_dict (.pth, .model), ONNX or safetensors file nor a TensorFlow checkpoint that can be read`,
      error,
    );
  }
  if (isStyleMetadata(model.metadata)) return ourStyle(decodeStyle(bytes, label), label, format);
  const stated = statedFormat(model);
  const { channelOrder = stated.channelOrder, range = stated.range } = format;
  return styleOf(tensorsOfOnnxNetwork(model, label), label, { ...stated, channelOrder, range });
}

/** @throws FnsError (usage) when another format is asked for than our styles have. */
function ourStyle(style: Style, label: string, format: Partial<PixelFormat>): ImportedStyle {
  requireNoFormat(format, label);
  return { style, known: RGB_255 };
}

function requireNoFormat(format: Partial<PixelFormat>, label: string): void {
  for (const option of ['channelOrder', 'range'] as const) {
    if (format[option] !== undefined)
      throw badOption(option, `${label} is a style of this program, which knows its own`);
  }
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

function styleOf(tensors: ForeignTensors, label: string, format: StatedFormat): ImportedStyle {
  const converted = convertTensors(tensors, label);
  if (converted.own) requireNoFormat(format, label);
  const { channelOrder = RGB_255.channelOrder, range = RGB_255.range } = format;
  const { architecture, width, parameters, paintings } = toRgb255(converted, { channelOrder, range }, label);
  const file = label.split(/[/\\]/).at(-1)!;
  const style = {
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
  return { style, known: converted.own ? RGB_255 : format };
}
