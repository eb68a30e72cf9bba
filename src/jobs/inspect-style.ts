/** Inspection of style files. */
import { failure } from '../core/errors.js';
import { decodeStyle } from '../files/style-file.js';
import { isStyleMetadata, type StyleInfo } from '../files/style-metadata.js';
import { describeModel, type ModelDescription, type ModelValue } from '../graph/model.js';
import { readStyleFile } from '../node/shipped.js';
import { storedConfig, type TrainingConfig } from '../train/config.js';

/** The facts about a style network that are known without running it. */
export interface Inspection {
  file: string;
  bytes: number;
  /** The file's own metadata, when it is a style of this program. */
  style?: Omit<StyleInfo, 'config'>;
  /** Numbers in its weights. */
  parameters: number;
  /** How the weights are stored. */
  precision: string;
  inputs: ModelValue[];
  outputs: ModelValue[];
  opset: number;
  producer: string;
  nodes: number;
  operators: Record<string, number>;
  /** The training options, when the file has them. */
  training?: Record<string, unknown>;
  /** The same as a configuration, when this version understands them. */
  config?: TrainingConfig;
  /** The metadata of a network of another project. */
  metadata?: Record<string, string>;
}

/**
 * Says what a style file knows of itself: the network, its size, every training option. Of an ONNX network of another
 * project: its inputs, outputs, nodes and parameters.
 *
 * @param style a shipped style or an .onnx file
 * @throws FnsError when it is no ONNX file.
 */
export async function inspectStyle(style: string): Promise<Inspection> {
  const { bytes, label } = await readStyleFile(style);
  return { file: style, ...inspect(bytes, label) };
}

function inspect(bytes: Uint8Array, label: string): Omit<Inspection, 'file'> {
  let model: ModelDescription;
  try {
    model = describeModel(bytes);
  } catch (error) {
    throw failure(`${label}: ${(error as Error).message}`, error);
  }
  const { inputs, outputs, opset, producer, operators, metadata } = model;
  const style = isStyleMetadata(metadata) ? decodeStyle(bytes, label) : undefined;
  const isFloat = (dtype: string) => dtype === 'float32' || dtype === 'float16';
  const weights = style
    ? [...style.parameters.keys()].map((name) => model.weights.get(name)!)
    : [...model.weights.values()].filter(({ dtype }) => isFloat(dtype));
  const network = {
    parameters: weights.reduce((sum, { data }) => sum + data.length, 0),
    precision: [...new Set(weights.map(({ dtype }) => dtype))].join(' and ') || 'none',
    inputs,
    outputs,
    opset,
    producer,
    nodes: [...operators.values()].reduce((sum, count) => sum + count, 0),
    operators: Object.fromEntries([...operators].sort(([, a], [, b]) => b - a)),
  };
  if (!style) return { bytes: bytes.length, ...network, metadata };
  const { config, ...info } = style.info;
  return { bytes: bytes.length, style: info, ...network, ...trainingOf(config) };
}

/** The training options in a file; nothing where there are none, no configuration where they are of another version. */
function trainingOf(text: string): Pick<Inspection, 'training' | 'config'> {
  let training: unknown;
  try {
    training = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof training !== 'object' || training === null || Object.keys(training).length === 0) return {};
  try {
    const config = storedConfig(training as TrainingConfig);
    return { training: config, config };
  } catch {
    return { training: training as Record<string, unknown> };
  }
}
