import { extname } from 'node:path';
import { Command } from 'commander';
import { usage } from '../core/errors.js';
import { writeFileAtomically } from '../media/files.js';
import { readStyleFile } from '../model/shipped.js';
import { decodeStyle, encodeStyle } from '../model/style-file.js';

/** `fns export`: writes a style file anew, in half precision. */
export function exportCommand(): Command {
  return new Command('export')
    .summary('write a style file anew, at half the size')
    .description(
      'Write a style file of this program anew, with its parameters as half floats when asked: half the size, the same pictures to the eye.',
    )
    .argument('<style>', 'a shipped style or an .onnx file made by this program')
    .requiredOption('-o, --out <file>', 'the file to write (.onnx)')
    .option('--half', 'store the parameters as half floats')
    .addHelpText('after', '\nExamples:\n  fns export painting.onnx --half -o painting-half.onnx')
    .action(async (style: string, { out, half }: { out: string; half?: boolean }) => {
      if (extname(out).toLowerCase() !== '.onnx') throw usage(`--out must end in .onnx, got '${out}'`);
      const { bytes, label } = await readStyleFile(style);
      await writeFileAtomically(out, encodeStyle(decodeStyle(bytes, label), { half }));
      console.log(out);
    });
}
