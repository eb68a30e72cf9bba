import { basename, extname } from 'node:path';
import { Command } from 'commander';
import { usage } from '../core/errors.js';
import { encodeStyle } from '../files/style-file.js';
import { requireFolderFor, writeFileAtomically } from '../node/media/files.js';
import { importStyleFile } from '../node/network-files.js';

interface ImportFlags {
  out: string;
  name?: string;
  licence?: string;
  half?: boolean;
}

/** `fns import`: makes a style file of a network that another program trained. */
export function importCommand(): Command {
  return new Command('import')
    .summary('make a style file of a network that another program trained')
    .description(
      'Make a style file of a network that another program trained. The pictures are the same as there, at any size. Nothing of the file is executed.',
    )
    .argument('<file>', 'the network: see below')
    .requiredOption('-o, --out <file>', 'the style file to write (.onnx)')
    .option('--name <name>', 'name of the style (default: the file name)')
    .option(
      '--licence <text>',
      'licence to write into the style (default: a note that it was imported, and from where)',
    )
    .option('--half', 'store the parameters as half floats: half the size, the same pictures to the eye')
    .addHelpText(
      'after',
      `
What can be imported:
  .pth, .model   a state_dict of pytorch/examples fast_neural_style, of any width
  .onnx          the same network as ONNX, such as the ONNX model zoo's mosaic, candy, udnie
  .ckpt          lengstrom/fast-style-transfer: a TensorFlow checkpoint, given by its prefix or any of its files,
                 or a folder with manifest.json and raw variables
  .safetensors   one of these, or parameters of this program (fns export --format safetensors)

Examples:
  fns import mosaic.pth -o mosaic.onnx
  fns import udnie-9.onnx -o udnie.onnx --half
  fns import checkpoints/rain.ckpt -o rain.onnx --name rain --licence 'MIT, by its author'
  fns stylize photo.jpg -s mosaic.onnx -o photo-mosaic.jpg`,
    )
    .action(async (file: string, { out, name, licence, half }: ImportFlags) => {
      if (extname(out).toLowerCase() !== '.onnx') throw usage(`--out must end in .onnx, got '${out}'`);
      if (name !== undefined && name.trim() === '') throw usage('--name needs a name');
      await requireFolderFor(out);
      const style = await importStyleFile(file, { name, licence });
      await writeFileAtomically(out, encodeStyle(style, { half }));
      console.error(
        `${basename(file)}: ${style.info.architecture}, width ${style.info.width}, as style '${style.info.name}'`,
      );
      console.log(out);
    });
}
