import { Command } from 'commander';
import {
  type EvaluateSuperresOptions,
  evaluateSuperres,
  SUPERRES_NETWORKS,
} from '../jobs/evaluate-superres.js';
import { deviceOptions, withOptions } from './options.js';
import { runJob } from './run-job.js';

/** `fns evaluate superres`: the paper's table of super-resolution. */
export function evaluateSuperresCommand(): Command {
  const command = new Command('superres')
    .summary('PSNR and SSIM of super-resolution networks on test sets')
    .description(
      'Enlarge test sets and compare with the true pictures: PSNR and SSIM on the Y channel, a border of the factor left out, beside bicubic and the ' +
        'paper’s figures. SET_LR4 beside a folder SET holds its small pictures; without it they are made by bicubic. With VGG16 weights also the feature ' +
        'loss at relu2_2. Writes superres.md, .json, .svg and .png; a stopped run goes on.',
    )
    .argument('<set...>', 'folders of pictures, such as Set5 and Set14')
    .option('-n, --network <name...>', 'shipped networks or .onnx files of fns train-upscale', [
      ...SUPERRES_NETWORKS,
    ])
    .requiredOption('-o, --out <folder>', 'where the results go')
    .option('--pictures', 'write the enlarged pictures too', false)
    .option('--weights <file>', 'VGG16 weights (.safetensors or Keras .h5) instead of the installed ones');
  return withOptions(command, deviceOptions())
    .addHelpText(
      'after',
      `
Examples:
  fns evaluate superres Set5 Set14 BSD100 -o results/
  fns evaluate superres Set5 -n mine.onnx -o results/ --pictures`,
    )
    .action(
      async (
        sets: string[],
        { network, ...flags }: Omit<EvaluateSuperresOptions, 'sets' | 'networks'> & { network: string[] },
        command: Command,
      ) => {
        await runJob(command, (job) => evaluateSuperres({ ...flags, sets, networks: network }, job));
      },
    );
}
