import { execFileSync } from 'node:child_process';
import { basename, extname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flagOf } from '../../src/cli/flag.js';
import { type StyleFlags, trainingOf } from '../../src/cli/style-options.js';
import { trainCommand } from '../../src/cli/train.js';
import { trainLine } from '../../src/cli/train-line.js';
import type { TrainStyleOptions } from '../../src/jobs/train-style.js';
import { plannedTraining } from '../../src/jobs/training-plan.js';
import { ARCHITECTURES } from '../../src/nets/architecture.js';
import { chooseLossNetwork } from '../../src/node/weights/loss-network-file.js';
import { type TrainingConfig, trainingConfig, trainingConfigSchema } from '../../src/train/config.js';

/** The words that a shell makes of a command. */
function words(line: string): string[] {
  const script = `fns() { printf '%s\\0' "$@"; }\n${line}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

/** The configuration that `fns train` makes of a command line, from random numbers. */
async function configOf(line: string): Promise<TrainingConfig> {
  const [name, ...args] = words(line);
  expect(name).toBe('train');
  let config: TrainingConfig | undefined;
  const command = trainCommand()
    .exitOverride()
    .action(async (flags: StyleFlags) => {
      const {
        out,
        force: _f,
        previewEvery: _p,
        checkpointEvery: _c,
        logEvery: _l,
        ...options
      } = (await trainingOf(flags)) as TrainStyleOptions;
      const loss = await chooseLossNetwork(options);
      config = plannedTraining(options, basename(out!, extname(out!)), loss, undefined).config();
    });
  await command.parseAsync(args, { from: 'user' });
  return config!;
}

describe('the printed command gives the same configuration', () => {
  const everything = {
    width: 24,
    size: 128,
    styleSize: 300,
    batch: 3,
    steps: 1234,
    learningRate: 1 / 3,
    outputRate: 2.5,
    normRate: 0.125,
    schedule: 'constant',
    contentWeight: 7.5,
    styleWeight: 1e-7,
    tvWeight: 1e21,
    pixelWeight: 0.25,
    stabilityWeight: 1 / 7,
    contentLayers: ['relu4_2=0.5', 'conv2_2'],
    styleLayers: ['vgg_19/conv1/conv1_1', 'relu5_4'],
    lossNetwork: 'vgg19',
    normalisation: 'source',
    crop: 'centre',
    seed: 2 ** 40,
  } as const;
  const cases: [string, Parameters<typeof trainingConfig>[0]][] = [
    ...ARCHITECTURES.map((architecture): [string, { name: string; architecture: typeof architecture }] => [
      `the defaults of ${architecture}`,
      { name: 'wave', architecture },
    ]),
    ...ARCHITECTURES.map((architecture): [string, Parameters<typeof trainingConfig>[0]] => [
      `everything else, ${architecture}`,
      {
        ...everything,
        name: 'wave',
        architecture,
        contentLayers: [...everything.contentLayers],
        styleLayers: [...everything.styleLayers],
      },
    ]),
    ['minutes', { name: 'wave', minutes: 0.5 }],
    ['epochs', { name: 'wave', architecture: 'paper', epochs: 2 }],
    ['sizes', { name: 'wave', size: 128, sizeTo: 256 }],
    ['a style size like the crops', { name: 'wave', size: 128, styleSize: 128 }],
    ['only rows', { name: 'wave', only: 'rows' }],
    ['paintings', { name: 'many', paintings: ['wave', "the.scream's", '$HOME', '-x'] }],
    ['a name with spaces and quotes', { name: `it's "the" $(wave) \`one\` \\ & <more>` }],
    ['a name with a folder in it', { name: 'a/b\\c' }],
    ['a name with a hyphen first', { name: '-o' }],
    ['a name with an extension', { name: 'wave.onnx' }],
    ['a name of dots', { name: '..' }],
    ['a name in two lines', { name: 'a\nb' }],
  ];
  test.each(cases)('%s', async (_, given) => {
    const config = trainingConfig(given);
    expect(await configOf(trainLine(config))).toEqual(config);
  });
});

describe('what a style was made from is in the command', () => {
  const config = trainingConfig({ name: 'wave' });
  test.each([
    [{ start: 'none' }, "--style '<painting>' --photos '<photos>' --init none"],
    [{ start: 'many:mean', pictures: ['wave.jpg'] }, "--style wave.jpg --photos '<photos>' --init many:mean"],
    [{ start: '-x.onnx', pictures: ['-y.jpg'] }, "--style ./-y.jpg --photos '<photos>' --init=-x.onnx"],
    [
      { start: "it's.onnx:a=0.5,b=1", pictures: ['a b.jpg', 'c.jpg'], blend: [0.7, 0.3] },
      "--style 'a b.jpg' c.jpg --blend 0.7,0.3 --photos '<photos>' --init 'it'\\''s.onnx:a=0.5,b=1'",
    ],
  ])('%j', async (origin, text) => {
    const line = trainLine(config, origin);
    expect(line).toBe(`fns train ${text} --style-size 512 -o wave.onnx`);
    expect(await configOf(line)).toEqual(config);
  });

  test('the paintings that were added to a network, not those it had', () => {
    const many = trainingConfig({ name: 'more', paintings: ['wave', 'scream', 'new'], only: 'rows' });
    expect(trainLine(many, { start: 'many.onnx', pictures: ['new.jpg'] })).toBe(
      "fns train --style new.jpg --photos '<photos>' --init many.onnx --style-size 512 --only rows -o more.onnx",
    );
  });
});

test('every training option has a flag, but what follows from the files that are given', () => {
  const flags = trainCommand().options.map(({ long }) => long);
  const keys = (Object.keys(trainingConfigSchema.shape) as (keyof TrainingConfig)[]).filter(
    (key) => !['paintings', 'sizeTo', 'lossSha256'].includes(key),
  );
  for (const key of keys) expect(flags, key).toContain(flagOf(key));
});

test('only what differs from the architecture’s defaults is in it, and the painting’s size, which its file may decide', () => {
  expect(trainLine(trainingConfig({ name: 'wave' }))).toBe(
    "fns train --style '<painting>' --photos '<photos>' --style-size 512 -o wave.onnx",
  );
  const paper = trainingConfig({ name: 'wave', architecture: 'paper', steps: 10, paintings: undefined });
  expect(trainLine(paper)).toBe(
    "fns train --style '<painting>' --photos '<photos>' --architecture paper --steps 10 -o wave.onnx",
  );
});
