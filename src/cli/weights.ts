import { Argument, Command, Option } from 'commander';
import { exportHalfWeights } from '../jobs/export-half-weights.js';
import { type FetchWeightsOptions, fetchWeights } from '../jobs/fetch-weights.js';
import type { VggName } from '../nets/vgg-layers.js';
import { downloadMegabytes } from '../node/weights/vgg-weights.js';
import { runJob } from './run-job.js';

interface WeightsFlags extends Omit<FetchWeightsOptions, 'network'> {
  exportHalf?: string;
}

/** `fns weights`: gets the loss network's weights once. */
export function weightsCommand(): Command {
  const { vgg16, vgg19 } = downloadMegabytes;
  return new Command('weights')
    .summary('get the VGG weights that training compares pictures with')
    .description(
      'Download the VGG weights that training compares pictures with, once, and keep them in the cache folder. ' +
        'Applying a style needs none. An interrupted download continues when the command is run again.',
    )
    .addArgument(new Argument('<network>', 'which network').choices(['vgg16', 'vgg19']))
    .option('--from <file>', 'take a local Keras .h5 or .safetensors file instead of downloading')
    .option('--classifier', 'also the classifier fc6, fc7, fc8 (ten times the size)')
    .addOption(
      new Option(
        '--export-half <file>',
        'write the installed weights as the studio takes them: half precision, only the layers that styles are learned with',
      ).conflicts('classifier'),
    )
    .addHelpText(
      'after',
      `
Sizes: vgg16 ${vgg16.features} MB (${vgg16.classifier} MB with --classifier), vgg19 ${vgg19.features} MB (${vgg19.classifier} MB).

Examples:
  fns weights vgg16                                  download VGG16, needed for training
  fns weights vgg19 --from ~/Downloads/vgg19.h5      use a file that is already here
  fns weights vgg16 --classifier                     with the layers that name what is in a photo
  fns weights vgg19 --export-half vgg19.safetensors  12 MB, to teach styles in a studio on a web host

Environment:
  FNS_WEIGHTS      a folder with vgg16.safetensors or vgg19.safetensors, used instead of the cache
  FNS_WEIGHTS_URL  another server with Keras' files, for networks without access to the usual one`,
    )
    .action(async (network: VggName, { exportHalf: out, ...flags }: WeightsFlags, command: Command) => {
      await runJob(command, async (job) => {
        if (out === undefined) return { file: await fetchWeights({ ...flags, network }, job) };
        await exportHalfWeights({ network, from: flags.from, out }, job);
        return { file: out };
      });
    });
}
