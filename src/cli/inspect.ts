import { Command } from 'commander';
import { failure } from '../core/errors.js';
import { decodeStyle } from '../files/style-file.js';
import { isStyleMetadata, type StyleInfo } from '../files/style-metadata.js';
import { isUpscaleMetadata } from '../files/upscale-file.js';
import { describeModel, type ModelDescription, type ModelValue } from '../graph/model.js';
import { readStyleFile } from '../node/shipped.js';
import { type TrainingConfig, trainingConfig } from '../train/config.js';
import { type StyleOrigin, trainLine } from './train-line.js';

/** What can be said of a style network without running it. */
interface Inspection {
  file: string;
  bytes: number;
  /** What the file says of itself, when it is a style of this program. */
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
  /** The command with these options, when this version understands them. */
  command?: string;
  /** The metadata of a network of another project. */
  metadata?: Record<string, string>;
}

/** `fns inspect`: what a style file knows. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .summary('print what a style file knows, and how to train it again')
    .description(
      'Print what a style file knows of itself: the network, its size, every training option, and the `fns train` command with these options. ' +
        'Of an ONNX network of another project: its inputs, outputs, nodes and parameters.',
    )
    .argument('<style>', 'a shipped style or an .onnx file')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  fns inspect wave
  fns inspect painting.onnx --json`,
    )
    .action(async (style: string, { json }: { json?: boolean }) => {
      const { bytes, label } = await readStyleFile(style);
      const found = { file: style, ...inspect(bytes, label) };
      console.log(json ? JSON.stringify(found, undefined, 2) : text(found));
    });
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
  return { bytes: bytes.length, style: info, ...network, ...trainingOf(config, info) };
}

/** The training options in a file and their command; nothing where there are none, no command where they are of another version. */
function trainingOf(text: string, origin: StyleOrigin): Pick<Inspection, 'training' | 'command'> {
  let training: unknown;
  try {
    training = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof training !== 'object' || training === null || Object.keys(training).length === 0) return {};
  try {
    const config = trainingConfig(training as TrainingConfig);
    return { training: config, command: trainLine(config, origin) };
  } catch {
    return { training: training as Record<string, unknown> };
  }
}

type Line = readonly [key: string, value: unknown];

/** The inspection as lines `key: value`. */
function text(found: Inspection): string {
  const { style, training, command } = found;
  const operators = Object.entries(found.operators).map(([name, count]) => `${name} ${count}`);
  const values = (v: ModelValue[]) => v.map((t) => `${t.name} ${t.dtype ?? '?'} [${t.shape.join(', ')}]`);
  const metadata = Object.entries(found.metadata ?? {});
  const lines: Line[] = [
    ['file', found.file],
    ...(style ? styleLines(style) : [['trained', origin(found)] as const]),
    ['parameters', found.parameters],
    ['precision', found.precision],
    ['bytes', `${found.bytes} (${(found.bytes / 1e6).toFixed(2)} MB)`],
    ['input', values(found.inputs)],
    ['output', values(found.outputs)],
    ['opset', found.opset],
    ['producer', found.producer],
    ['nodes', `${found.nodes} (${operators.join(', ')})`],
    ...metadata.map(([key, value]) => [`metadata ${key}`, value] as const),
  ];
  const print = ([key, value]: Line) => `${key}: ${Array.isArray(value) ? value.join(', ') : value}`;
  const blocks = [lines.map(print)];
  if (training) blocks.push(['training:', ...Object.entries(training).map((entry) => `  ${print(entry)}`)]);
  if (command) blocks.push(['train it again:', `  ${command}`]);
  else if (training && 'featureLayers' in training) blocks.push(['trained by fns train-pairs']);
  else if (training) blocks.push(['train it again: not known, its training options are of another version']);
  else if (style) blocks.push(['training: not known, the file has no training options']);
  return blocks.map((block) => block.join('\n')).join('\n\n');
}

/** Where a network that is no style comes from. */
function origin({ metadata = {} }: Inspection): string {
  return isUpscaleMetadata(metadata)
    ? 'by fns train-upscale: a super-resolution network, for fns upscale --network'
    : 'elsewhere: not a style file of this program';
}

function styleLines(style: Omit<StyleInfo, 'config'>): Line[] {
  return [
    ['name', style.name],
    ...(style.paintings ? [['paintings', style.paintings] as const] : []),
    ...(style.pictures ? [['learned from', learnedFrom(style)] as const] : []),
    ...(style.start === undefined ? [] : [['started from', startedFrom(style.start)] as const]),
    ['architecture', style.architecture],
    ['width', style.width],
    ['steps', style.steps],
    ['seed', style.seed],
    ['loss network', style.lossNetwork],
    ['licence', style.licence],
  ];
}

/** The pictures of a style, with their weights where they are a blend. */
function learnedFrom({ pictures = [], blend }: Pick<StyleInfo, 'pictures' | 'blend'>): string[] {
  return pictures.map((file, i) => (blend ? `${file} (weight ${blend[i]})` : file));
}

function startedFrom(start: string): string {
  return start === 'none' ? 'random numbers' : start;
}
