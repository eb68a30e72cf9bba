import { basename } from 'node:path';
import { Command } from 'commander';
import { type ImportNetworkOptions, importNetwork } from '../jobs/import-network.js';
import { pixelFormatOptions, withOptions } from './options.js';
import { runJob } from './run-job.js';

/** `fns import`: makes a style file of a network that another program trained. */
export function importCommand(): Command {
  const command = new Command('import')
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
    .option('--force', 'replace a file that is there already');
  return withOptions(command, pixelFormatOptions())
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
  fns import opencv.pth -o opencv.onnx --channel-order bgr
  fns stylize photo.jpg -s mosaic.onnx -o photo-mosaic.jpg`,
    )
    .action(async (file: string, flags: Omit<ImportNetworkOptions, 'file'>, command: Command) => {
      const job = async (options: Parameters<typeof importNetwork>[1]) =>
        (await importNetwork({ ...flags, file }, options)).info;
      await runJob(command, job, {
        closing: ({ architecture, width, name }) => [
          `${basename(file)}: ${architecture}, width ${width}, as style '${name}'`,
        ],
      });
    });
}
