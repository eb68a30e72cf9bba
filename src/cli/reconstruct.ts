import { Command } from 'commander';
import {
  RECONSTRUCT_DEFAULTS as DEFAULTS,
  RECONSTRUCT_TV,
  RECONSTRUCTED_LAYERS,
  type Reconstruction,
  type ReconstructOptions,
  reconstruct,
  reconstructTexture,
  TEXTURE_SIZE,
  type TextureOptions,
} from '../jobs/reconstruct.js';
import {
  countOption,
  deviceOptions,
  listOption,
  lossNetworkOptions,
  numberOption,
  option,
  seedOption,
  weightsOption,
  withOptions,
} from './options.js';
import { runJob } from './run-job.js';

const SUMMARIES: Record<Reconstruction, string> = {
  content: 'feature inversion, one picture for each layer (figure 3)',
  style: 'style reconstruction, one picture for each layer together with those before it (figure 4)',
};

const EXAMPLES: Record<Reconstruction, string> = {
  content: `
Examples:
  fns reconstruct content photo.jpg -o inversion/
  fns reconstruct content photo.jpg --layers relu2_2,relu4_3 --size 384 -o inversion/`,
  style: `
Examples:
  fns reconstruct style painting.jpg -o texture/
  fns reconstruct style painting.jpg --layers relu1_1,relu3_1 -o texture/`,
};

/** `fns reconstruct`: what layers of the loss network keep of a picture. */
export function reconstructCommand(): Command {
  return new Command('reconstruct')
    .summary('show what layers of the loss network keep of a picture (figures 3 and 4 of the paper)')
    .description(
      'Show what layers of the loss network keep of a picture: pictures optimised from noise until these layers see the same.',
    )
    .addCommand(layersCommand('content'))
    .addCommand(layersCommand('style'))
    .addCommand(textureCommand());
}

function layersCommand(kind: Reconstruction): Command {
  const summary = SUMMARIES[kind];
  const command = new Command(kind)
    .summary(summary)
    .description(
      `${summary[0]!.toUpperCase()}${summary.slice(1)}. Writes a picture for each and sheet.png with all. Ctrl-C writes what is there.`,
    )
    .argument('<picture>', 'the picture')
    .option(
      '--layers <list>',
      `the layers (default: ${RECONSTRUCTED_LAYERS[kind].join(',')}, as far as the weights reach)`,
      listOption,
    )
    .requiredOption('-o, --out <folder>', 'where the pictures go');
  return withOptions(command, [
    option('--size <pixels>', 'shorter side of the pictures', countOption('--size'), DEFAULTS.size),
    option(
      '--iterations <n>',
      'iterations of L-BFGS for each picture',
      countOption('--iterations'),
      DEFAULTS.iterations,
    ),
    option(
      '--tv-weight <x>',
      'weight of the total variation; the losses of layers are relative to their targets',
      numberOption('--tv-weight'),
      RECONSTRUCT_TV[kind],
    ),
    seedOption('the noise'),
    weightsOption(),
    ...lossNetworkOptions(DEFAULTS.lossNetwork),
    ...deviceOptions(),
  ])
    .addHelpText('after', EXAMPLES[kind])
    .action(async (picture: string, flags: Omit<ReconstructOptions, 'kind'>, command: Command) => {
      await runJob(command, (job) => reconstruct({ ...flags, kind, picture }, job), {
        stopping: 'stopping after this iteration',
      });
    });
}

/** `fns reconstruct texture`: what a style draws where there is nothing to see. */
function textureCommand(): Command {
  const command = new Command('texture')
    .summary('the texture that a style file stands for')
    .description(
      'The texture that a style file stands for: what it makes of clouds of random colours. Needs no VGG weights.',
    )
    .argument('<style>', 'a shipped style or an .onnx file; FILE:NAME of a file of many paintings')
    .requiredOption('-o, --out <file>', 'the picture to write')
    .option('--size <pixels>', 'side of the picture', countOption('--size'), TEXTURE_SIZE);
  return withOptions(command, [seedOption('the clouds'), ...deviceOptions()])
    .addHelpText(
      'after',
      `
Examples:
  fns reconstruct texture wave -o wave-texture.png
  fns reconstruct texture mine.onnx --size 1024 -o texture.jpg`,
    )
    .action(async (style: string, flags: Omit<TextureOptions, 'style'>, command: Command) => {
      await runJob(command, (job) => reconstructTexture({ ...flags, style }, job));
    });
}
