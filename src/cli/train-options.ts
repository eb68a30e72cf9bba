/** The options of `fns train`, of which other commands that train take some. */
import type { Option } from 'commander';
import { usage } from '../core/errors.js';
import { parseDevice } from '../runtime/session.js';
import { listOption, lossNetworkOptions, numberListOption, numberOption, option } from './options.js';
import { parseSize } from './train-settings.js';

/** All options of `fns train`, made anew: a command may change the texts of its own. */
export function trainOptions(): Option[] {
  const whole = (name: string) => numberOption(name, { min: 0, above: true, whole: true });
  const positive = (name: string) => numberOption(name, { above: true });
  const weight = (name: string) => numberOption(name);
  return [
    option('--style <painting...>', 'the painting; several make one network of many paintings'),
    option(
      '--blend <weights>',
      'take one style from several pictures: their weights, such as 0.7,0.3',
      numberListOption('--blend'),
    ),
    option(
      '--photos <folder>',
      'photos to learn on (searched recursively; a few hundred do, thousands are better)',
    ),
    option('-o, --out <file>', 'the style file to write (.onnx)'),
    option('--resume <folder>', 'go on with a training that was stopped, from its folder STYLE.training'),
    option(
      '--config <file>',
      'configuration in YAML or JSON; options on the command line win. The source’s conf/*.yml work too',
    ),
    option('--name <name>', 'name of the style (the file name by default)'),
    option('--architecture <name>', 'source, paper, modern or lengstrom (default: modern)'),
    option('--width <n>', 'channels at full resolution (default: 16; source and paper 32)', whole('--width')),
    option(
      '--size <pixels>',
      'side of the training crops (default: 256); 256..512 draws a side for each batch',
      parseSize,
    ),
    option(
      '--style-size <pixels>',
      'shorter side of the painting (default: --size); larger gives larger strokes',
      whole('--style-size'),
    ),
    option('--batch <n>', 'photos per step (default: 1; source and paper 4)', whole('--batch')),
    option('--steps <n>', 'length of the training in steps', whole('--steps')),
    option('--epochs <n>', 'in passes over all photos (default: 2; paper 40000 steps)', positive('--epochs')),
    option('--minutes <n>', 'in minutes', positive('--minutes')),
    option('--content-weight <x>', 'weight of the content loss (default: 1)', weight('--content-weight')),
    option(
      '--style-weight <x>',
      'weight of the style loss (default: 8; source 220, paper 5)',
      weight('--style-weight'),
    ),
    option('--tv-weight <x>', 'weight of the total variation loss, for smoothness', weight('--tv-weight')),
    option(
      '--pixel-weight <x>',
      'weight of the pixel loss against the photo (default: 0)',
      weight('--pixel-weight'),
    ),
    option(
      '--content-layers <list>',
      'layers for the content, such as relu3_3; of an .onnx file names of its tensors',
      listOption,
    ),
    option('--style-layers <list>', 'layers for the style, such as relu1_2,relu2_2=0.5', listOption),
    ...lossNetworkOptions(),
    option('--normalisation <name>', 'loss formulas of the source or the paper'),
    option('--schedule <name>', 'learning rate: constant, or cosine (falls in the last 40 %)'),
    option('--crop <name>', 'random or centre'),
    option('--optimizer <name>', 'adam, or muon for the convolutions inside the network (default: adam)'),
    option('--lr <x>', 'learning rate (default: 0.002; source and paper 0.001)', positive('--lr')),
    option(
      '--output-rate <x>',
      'learning rate of the output convolution as a multiple (default: 16; source and paper 1)',
      positive('--output-rate'),
    ),
    option(
      '--norm-rate <x>',
      'learning rate of the norms as a multiple (default: 1)',
      positive('--norm-rate'),
    ),
    option(
      '--margin <pixels>',
      'pixels around each crop that the network sees and the losses do not, against a frame (default: 0)',
      numberOption('--margin', { whole: true }),
    ),
    option(
      '--only <what>',
      'rows: train only what belongs to a painting and leave the rest as it is',
      onlyRows,
    ),
    option('--seed <n>', 'seed of all randomness (default: 0)', numberOption('--seed', { whole: true })),
    option(
      '--init <style>',
      'start from this style; a file of many paintings gets the new one added, FILE:NAME starts a style from that painting, ' +
        'none from random numbers (default: the shipped start, which has learned many paintings, where the network fits)',
    ),
    option('--weights <file>', 'VGG weights (.safetensors or Keras .h5) instead of the installed ones'),
    option('--device <name>', 'auto, cpu, webgpu or cuda', parseDevice, 'auto'),
    option('--threads <n>', 'CPU threads (default: all cores)', whole('--threads')),
    option(
      '--preview-every <n>',
      'steps between previews and saved style files',
      numberOption('--preview-every', { whole: true }),
      250,
    ),
    option(
      '--checkpoint-every <n>',
      'steps between checkpoints: at most so many are lost',
      numberOption('--checkpoint-every', { whole: true }),
      100,
    ),
    option(
      '--log-every <n>',
      'steps between lines of the log (TensorBoard and JSON lines in STYLE.training); 0: no log',
      numberOption('--log-every', { whole: true }),
      25,
    ),
    option('--preview-photo <photo>', 'photo for the previews (default: the first training photo)'),
  ];
}

function onlyRows(text: string): 'rows' {
  if (text !== 'rows') throw usage(`--only knows rows, got '${text}'`);
  return text;
}
