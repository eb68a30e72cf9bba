import { basename, dirname, extname, join } from 'node:path';
import { Command, Option } from 'commander';
import { usage } from '../core/errors.js';
import { requireFolderFor } from '../node/media/files.js';
import { requireWritableExtension } from '../node/media/image.js';
import type { TrainingConfig, TrainingOptions } from '../train/config.js';
import { listOption, numberListOption } from './options.js';
import { executeSweep, SWEPT, type SweptKey } from './sweep-run.js';
import { trainFlag } from './train-line.js';
import { trainOptions } from './train-options.js';
import { LENGTH_KEYS, readOptions, settings, type TrainFlags } from './train-settings.js';
import { STARTED_BY_DEFAULT, startingParameters, startingPoint } from './train-start.js';

/** The options of `fns sweep`: those of `fns train`, with lists of what is swept. */
type SweepFlags = Omit<TrainFlags, SweptKey> &
  Partial<{ [K in SweptKey]: TrainingConfig[K][] }> & { keep?: string; lr?: number };

const MOST_RUNS = 64;
const DEFAULT_STEPS = 150;

/** `fns sweep`: choosing weights by eye. */
export function sweepCommand(): Command {
  const command = new Command('sweep')
    .summary('try several weights in short trainings, and put the pictures on one sheet')
    .description(
      'Try several weights, sizes and layers of a style: a short training for every combination, all from the same start on the same photos. ' +
        'Writes one contact sheet with the settings under each picture, and beside it the numbers as JSON; prints a table of the losses, ' +
        'weighted, as means over the last tenth of the steps. Ctrl-C keeps the runs that are finished.',
    );
  for (const option of sweepOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      `
Examples:
  fns sweep --style wave.jpg --photos ~/Pictures -o sheet.jpg --style-weight 4,8,16
  fns sweep --style wave.jpg --photos ~/Pictures -o sheet.jpg --style-weight 4,8,16 --style-size 192,256,384 \\
    --steps 300 --preview-photo me.jpg --keep tried/
  fns sweep --style wave.jpg --photos ~/Pictures -o layers.png --style-layers "relu1_2,relu2_2;relu3_3,relu4_3"`,
    )
    .action((flags: SweepFlags) => sweep({ ...flags, learningRate: flags.lr }));
}

/** Options of `fns train` that make no sense in a sweep. */
const LEFT_OUT = ['--resume', '--name', '--only', '--preview-every', '--checkpoint-every', '--log-every'];

/** Options of `fns train` that say something else here. */
const OTHER_TEXTS: Record<string, string> = {
  '--style': 'the painting; several with --blend',
  '--out': 'the contact sheet to write (.jpg, .png, ...); the numbers are written beside it (.json)',
  '--steps': `length of each run in steps (default: ${DEFAULT_STEPS}, which from random numbers show little)`,
  '--epochs': 'in passes over all photos',
  '--minutes': 'in minutes',
  '--init':
    'start each run from this style; of a file of many paintings from their mean, FILE:NAME from one, none from random numbers ' +
    '(default: the shipped start, which has learned many paintings, where the network fits)',
  '--preview-photo': 'photo for the sheet (default: the first training photo)',
};

function sweepOptions(): Option[] {
  const swept: Option[] = [
    new Option('--style-weight <list>', 'weights of the style loss to try, such as 4,8,16').argParser(
      numberListOption('--style-weight'),
    ),
    new Option(
      '--style-size <list>',
      'sizes of the painting to try, such as 192,256,384; larger gives larger strokes',
    ).argParser(numberListOption('--style-size', { above: true, whole: true })),
    new Option(
      '--style-layers <lists>',
      'lists of layers for the style to try, separated by ; such as "relu1_2,relu2_2;relu3_3,relu4_3"',
    ).argParser(layerListsOption),
    new Option('--content-weight <list>', 'weights of the content loss to try').argParser(
      numberListOption('--content-weight'),
    ),
    new Option('--tv-weight <list>', 'weights of the total variation loss to try').argParser(
      numberListOption('--tv-weight'),
    ),
  ];
  const all = trainOptions().flatMap((option) => {
    if (LEFT_OUT.includes(option.long!)) return [];
    option.description = OTHER_TEXTS[option.long!] ?? option.description;
    return [swept.find(({ long }) => long === option.long) ?? option];
  });
  return [...all, new Option('--keep <folder>', 'keep the style file of each run in this folder')];
}

function layerListsOption(text: string): string[][] {
  const lists = text.split(';').map((list) => listOption(list.replaceAll(' ', '')));
  if (lists.some((list) => list.length === 0)) {
    throw usage(`--style-layers needs lists of layers separated by ;, got '${text}'`);
  }
  return lists;
}

async function sweep(flags: SweepFlags): Promise<void> {
  const { styleWeight, styleSize, styleLayers, contentWeight, tvWeight, keep, ...common } = flags;
  const lists = { styleWeight, styleSize, styleLayers, contentWeight, tvWeight };
  const combinations = combine(lists);
  const { out } = flags;
  if (out === undefined) throw usage('--out is needed: the contact sheet to write (.jpg, .png, ...)');
  requireWritableExtension(out);
  const read = await readOptions(common);
  if ((read.style?.length ?? 0) > 1 && !flags.blend) {
    throw usage('a sweep is for one style: give one painting, or --blend with several');
  }
  if (LENGTH_KEYS.every((key) => read.options[key] === undefined)) read.options.steps = DEFAULT_STEPS;
  const found = await startingPoint(flags.init, read.options);
  const start = found && { ...found, adds: false };
  const varied = SWEPT.filter((key) => (lists[key]?.length ?? 0) > 1);
  const planned = combinations.map((given) => {
    const stem = fileStem(given, varied, styleLayers);
    const options = { ...read.options, ...given, name: undefined };
    return settings({ ...common, out: join(keep ?? '', `${stem}.onnx`) }, { ...read, options }, start);
  });
  await requireFolderFor(out);
  const { config, paintings, photos } = planned[0]!;
  await executeSweep({
    runs: planned.map((run) => ({ config: run.config, file: run.out })),
    varied,
    columns: varied.length > 1 ? lists[varied.at(-1)!]!.length : undefined,
    paintings,
    photos,
    previewPhoto: flags.previewPhoto,
    init: start && startingParameters(start, config),
    start: start?.init ?? 'none',
    note: start?.byDefault ? STARTED_BY_DEFAULT : undefined,
    stepsBefore: start && !start.byDefault ? start.style.info.steps : 0,
    sheet: out,
    numbers: join(dirname(out), `${basename(out, extname(out))}.json`),
    keep,
    weights: read.weights,
    device: flags.device,
    threads: flags.threads,
  });
}

/**
 * Every combination of the lists' values, the last list's changing fastest.
 *
 * @throws FnsError (usage) when a list names a value twice, or when there are too many.
 */
function combine(lists: Pick<SweepFlags, SweptKey>): TrainingOptions[] {
  let combinations: TrainingOptions[] = [{}];
  let count = 1;
  for (const key of SWEPT) {
    const values = lists[key];
    if (!values) continue;
    const texts = values.map(String);
    const twice = texts.find((text, i) => texts.indexOf(text) < i);
    if (twice !== undefined) throw usage(`${trainFlag(key)} names ${twice} twice`);
    count *= values.length;
    if (count <= MOST_RUNS) {
      combinations = combinations.flatMap((c) => values.map((value) => ({ ...c, [key]: value })));
    }
  }
  if (count > MOST_RUNS) {
    throw usage(`these are ${count} combinations, and a sheet holds ${MOST_RUNS}: give fewer values`);
  }
  return combinations;
}

/** The name of a run's style file without its extension: what varies, of lists of layers their number. */
function fileStem(
  given: TrainingOptions,
  varied: readonly SweptKey[],
  layers: readonly string[][] | undefined,
): string {
  const parts = varied.map((key) => {
    const value = key === 'styleLayers' ? layers!.indexOf(given.styleLayers!) + 1 : given[key];
    return `${trainFlag(key).slice(2)}-${value}`;
  });
  return parts.join('_') || 'style';
}
