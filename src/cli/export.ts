import { Command } from 'commander';
import { usage } from '../core/errors.js';
import { MOST_BLEED } from '../files/style-metadata.js';
import { type ExportStyleOptions, exportStyle } from '../jobs/export-style.js';
import { numberOption } from './options.js';
import { runJob } from './run-job.js';

/** `fns export`: writes a style file anew: in half precision, for one size, as safetensors. */
export function exportCommand(): Command {
  return new Command('export')
    .summary('write a style file anew: half the size, one fixed picture size, or as safetensors')
    .description(
      'Write a style file of this program anew. Of a network of many paintings one painting or a mixture becomes a style of its own.',
    )
    .argument(
      '<style>',
      'a shipped style or an .onnx file made by this program; many.onnx:wave for one painting of many',
    )
    .requiredOption('-o, --out <file>', 'the file to write (.onnx or .safetensors)')
    .option('--half', 'store the parameters as half floats: half the size, the same pictures to the eye')
    .option(
      '--size <HxW>',
      'take pictures of this height and width only (one number: a square), for runtimes that want fixed shapes',
      parseSize,
    )
    .option(
      '--bleed <pixels>',
      `let the network see the picture continued by so many pixels on every side, against a frame at its border: a multiple of 4 up to ${MOST_BLEED} (fns train: 16; more for one trained very long)`,
      numberOption('--bleed', { whole: true }),
    )
    .option(
      '--format <name>',
      'onnx, or safetensors: the parameters alone (default: by the extension of --out)',
    )
    .option('--force', 'replace a file that is there already')
    .addHelpText(
      'after',
      `
Examples:
  fns export painting.onnx --half -o painting-half.onnx
  fns export wave --size 480x640 -o wave-480x640.onnx
  fns export wave --format safetensors -o wave.safetensors
  fns export mine.onnx --bleed 32 -o frameless.onnx
  fns export many.onnx:wave=0.6,scream=0.4 -o mixture.onnx`,
    )
    .action(async (style: string, flags: Omit<ExportStyleOptions, 'style'>, command: Command) => {
      await runJob(command, (job) => exportStyle({ ...flags, style }, job));
    });
}

/** `480x640` (height, width), or `512` for a square. */
function parseSize(text: string): { width: number; height: number } {
  const found = /^(\d+)(?:x(\d+))?$/i.exec(text);
  if (!found) throw usage(`--size needs HxW or one number, such as 480x640, got '${text}'`);
  const [height, width] = [Number(found[1]), Number(found[2] ?? found[1])];
  return { width, height };
}
