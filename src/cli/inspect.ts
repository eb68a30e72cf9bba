import { Command } from 'commander';
import type { StyleInfo } from '../files/style-metadata.js';
import { isUpscaleMetadata } from '../files/upscale-file.js';
import type { ModelValue } from '../graph/model.js';
import { type Inspection, inspectStyle } from '../jobs/inspect-style.js';
import { globalFlags } from './run-job.js';
import { trainLine } from './train-line.js';

/** `fns inspect`: what a style file knows. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .summary('print what a style file knows, and how it was last trained')
    .description(
      'Print what a style file knows of itself: the network, its size, every training option, and the `fns train` command of its last training. ' +
        'Of an ONNX network of another project: its inputs, outputs, nodes and parameters.',
    )
    .argument('<style>', 'a shipped style or an .onnx file')
    .addHelpText(
      'after',
      `
Examples:
  fns inspect wave
  fns inspect painting.onnx --json`,
    )
    .action(async (style: string, _: object, command: Command) => {
      const { config, ...found } = await inspectStyle(style);
      const line = config && { command: trainLine(config, found.style) };
      const { json } = globalFlags(command);
      console.log(json ? JSON.stringify({ ...found, ...line }) : text({ ...found, ...line }));
    });
}

/** The facts that are shown of a network: `command` is that of its last training. */
type Shown = Omit<Inspection, 'config'> & { command?: string };

type Line = readonly [key: string, value: unknown];

/** The inspection as lines `key: value`. */
function text(found: Shown): string {
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
  if (command) blocks.push(['its last training:', `  ${command}`]);
  else if (training && 'featureLayers' in training) blocks.push(['trained by fns train-pairs']);
  else if (training)
    blocks.push(['its last training: not known, its training options are of another version']);
  else if (style) blocks.push(['training: not known, the file has no training options']);
  return blocks.map((block) => block.join('\n')).join('\n\n');
}

/** Where a network that is no style comes from. */
function origin({ metadata = {} }: Shown): string {
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
