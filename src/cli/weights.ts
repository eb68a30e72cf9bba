import { SingleBar } from 'cli-progress';
import { Argument, Command } from 'commander';
import type { VggName } from '../nets/layers.js';
import { fetchVggWeights, type OnProgress } from '../node/weights/download.js';
import { downloadMegabytes } from '../node/weights/vgg-weights.js';

interface WeightsFlags {
  from?: string;
  classifier?: boolean;
}

/**
 * `fns weights <vgg16|vgg19>`: gets the loss network's weights once. Progress goes to stderr, the path of the file to
 * stdout. Errors are thrown as FnsError for the program's entry to print.
 */
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
    .addHelpText(
      'after',
      `
Sizes: vgg16 ${vgg16.features} MB (${vgg16.classifier} MB with --classifier), vgg19 ${vgg19.features} MB (${vgg19.classifier} MB).

Examples:
  fns weights vgg16                                  download VGG16, needed for training
  fns weights vgg19 --from ~/Downloads/vgg19.h5      use a file that is already here
  fns weights vgg16 --classifier                     with the layers that name what is in a photo

Environment:
  FNS_WEIGHTS      a folder with vgg16.safetensors or vgg19.safetensors, used instead of the cache
  FNS_WEIGHTS_URL  another server with Keras' files, for networks without access to the usual one`,
    )
    .action(async (network: VggName, { from, classifier }: WeightsFlags) => {
      const progress = startProgress(network.toUpperCase());
      try {
        const file = await fetchVggWeights(network, { from, classifier, onProgress: progress.update });
        progress.stop();
        console.log(file);
      } finally {
        progress.stop();
      }
    });
}

/** A bar on a terminal; elsewhere (a log file) a line every ten per cent. Both on stderr. */
function startProgress(title: string): { update: OnProgress; stop: () => void } {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  if (!process.stderr.isTTY) {
    let tenths = -1;
    const update: OnProgress = (received, total) => {
      // Without a known total, one line per 10 MB.
      const reached = Math.floor((10 * received) / (total ?? 100e6));
      if (reached <= tenths) return;
      tenths = reached;
      const share = total === undefined ? '' : ` of ${megabytes(total)}`;
      process.stderr.write(`${title}: ${megabytes(received)}${share} MB\n`);
    };
    return { update, stop: () => {} };
  }
  let bar: SingleBar | undefined;
  const update: OnProgress = (received, total) => {
    if (bar === undefined) {
      bar = new SingleBar({
        format: `${title} {bar} {percentage}% | {received} of {size} MB | {eta_formatted} left`,
        stream: process.stderr,
        hideCursor: true,
      });
      bar.start(total ?? received, received, { received: megabytes(received), size: '?' });
    }
    if (total !== undefined) bar.setTotal(total);
    bar.update(received, {
      received: megabytes(received),
      size: total === undefined ? '?' : megabytes(total),
    });
  };
  return {
    update,
    stop: () => {
      bar?.stop();
      bar = undefined;
    },
  };
}
