import { Command, type Option } from 'commander';
import { failure, usage } from '../core/errors.js';
import { kebabCase } from '../core/kebab-case.js';
import { SWEEP_STEPS, type SweepOptions, type SweepResult, sweep } from '../jobs/sweep.js';
import { SWEPT, type SweptKey } from '../jobs/sweep-sheet.js';
import type { TrainingConfig } from '../train/config.js';
import { printColumns } from './columns.js';
import { listOption, numberListOption, option, withOptions } from './options.js';
import { duration } from './progress.js';
import { globalFlags, runJob } from './run-job.js';
import { type StyleFlags, styleOptions, trainingOf } from './style-options.js';
import { given } from './training-options.js';

/** The flags of a sweep: the options of a training, with lists of what is swept. */
type SweepFlags = Omit<StyleFlags, SweptKey> &
  Partial<{ [K in SweptKey]: TrainingConfig[K][] }> & { keep?: string };

/** `fns sweep`: choosing weights by eye. */
export function sweepCommand(): Command {
  return withOptions(new Command('sweep'), sweepOptions())
    .summary('try several weights in short trainings, and put the pictures on one sheet')
    .description(
      'Try several weights, sizes and layers of a style: a short training for every combination, all from the same start on the same photos. ' +
        'Writes one contact sheet with the settings under each picture, and beside it the numbers as JSON; prints a table of the losses, ' +
        'weighted, as means over the last tenth of the steps. Ctrl-C keeps the runs that are finished.',
    )
    .addHelpText(
      'after',
      `
Examples:
  fns sweep --style wave.jpg --photos ~/Pictures -o sheet.jpg --style-weight 1,3,9
  fns sweep --style wave.jpg --photos ~/Pictures -o sheet.jpg --style-weight 1,3,9 --style-size 256,512,768 \\
    --steps 300 --preview-photo me.jpg --keep tried/
  fns sweep --style wave.jpg --photos ~/Pictures -o layers.png --style-layers "relu1_2,relu2_2;relu3_3,relu4_3"`,
    )
    .action(runSweep);
}

/** Texts of options that say something else here. */
const TEXTS: Readonly<Record<string, string>> = {
  styleWeight: 'weights of the style loss to try, such as 1,3,9',
  styleSize: 'sizes of the painting to try, such as 256,512,768; larger gives larger strokes',
  styleLayers:
    'lists of layers for the style to try, separated by ; such as "relu1_2,relu2_2;relu3_3,relu4_3"',
  contentWeight: 'weights of the content loss to try',
  tvWeight: 'weights of the total variation loss to try',
  steps: `length of each run in steps (${SWEEP_STEPS} where no length is given)`,
};

function sweepOptions(): Option[] {
  const weights = (flag: string) => numberListOption(flag);
  const out = option(
    '-o, --out <file>',
    'the contact sheet to write (.jpg, .png, ...); the numbers are written beside it (.json)',
  );
  return [
    ...styleOptions([out], {
      without: ['name', 'only'],
      withoutDefault: ['steps', 'epochs', 'minutes'],
      texts: TEXTS,
      parsers: {
        styleWeight: weights('--style-weight'),
        contentWeight: weights('--content-weight'),
        tvWeight: weights('--tv-weight'),
        styleSize: numberListOption('--style-size', { above: true, whole: true }),
        styleLayers: layerLists,
      },
    }),
    option('--keep <folder>', 'keep the style file of each run in this folder'),
  ];
}

function layerLists(text: string): string[][] {
  const lists = text.split(';').map((list) => listOption(list.replaceAll(' ', '')));
  if (lists.some((list) => list.length === 0)) {
    throw usage(`--style-layers needs lists of layers separated by ;, got '${text}'`);
  }
  return lists;
}

async function runSweep(flags: SweepFlags, command: Command): Promise<void> {
  const { styleWeight, styleSize, styleLayers, contentWeight, tvWeight, keep, ...common } = flags;
  const vary = { styleWeight, styleSize, styleLayers, contentWeight, tvWeight };
  given(common.out, '--out', 'the contact sheet to write (.jpg, .png, ...)');
  const training = await trainingOf(common);
  given(training.painting, '--style', 'the painting to learn from');
  given(training.photos, '--photos', 'a folder of photos to learn on');
  const options = { ...training, vary, ...(keep !== undefined && { keep }) } as SweepOptions;
  const result = await runJob(command, (job) => sweep(options, job), {
    stopping: 'stopping after this step, with the runs that are finished',
    closing: ({ missing, runs, seconds }) => [
      `${runs.length} of ${runs.length + missing} runs in ${duration(seconds)}`,
      ...(missing === 0
        ? []
        : [`stopped: ${missing} of ${missing + runs.length} runs are missing on the sheet`]),
    ],
  });
  if (!globalFlags(command).json) printTable(result);
  if (result.runs.every(({ diverged }) => diverged !== undefined)) {
    throw failure('every run diverged: a smaller --lr or smaller weights help');
  }
  if (!globalFlags(command).json) console.log(result.sheet);
}

/** The losses of the table, weighted, by their names in the log. */
const LOSSES = {
  content: 'weighted_losses/weighted_content_loss',
  style: 'weighted_losses/weighted_style_loss',
};

/** Prints the table of the runs. */
function printTable({ varied, runs }: SweepResult): void {
  const keys =
    varied.length > 0 ? varied : SWEPT.filter((key) => key === 'styleWeight' || key === 'styleSize');
  const head = [...keys.map(kebabCase), ...Object.keys(LOSSES), 'seconds'];
  const rows = runs.map(({ settings, losses, seconds, diverged }) => [
    ...keys.map((key) => [settings[key]].flat().join(',')),
    ...Object.values(LOSSES).map((tag) => (diverged ? 'diverged' : (losses![tag]?.toPrecision(4) ?? '0'))),
    seconds.toFixed(1),
  ]);
  printColumns([head, ...rows]);
}
