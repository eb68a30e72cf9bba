/**
 * What a start is worth: the objective of held-out photos (see judge.ts) after so many steps of training from it.
 *   npx tsx bench/start.ts --painting wave.jpg --init none --init many:mean --photos DIR --test DIR --weights vgg19.safetensors \
 *     --steps 60,120,300,600 --size 128 --style-size 192 --batch 2 --test-count 8 --threads 2
 * `--init` is that of `fns train`; of a network of many paintings without a name it is the mean. The learning rate is constant, so that what is
 * measured after few steps does not depend on how many follow; with `--cosine` each number of steps is a training of its own from the start, with
 * its own falling rate, as `fns train` does by default. `--config '{"width":32,"seed":1}'` takes any training option.
 * A table goes to stderr, one JSON line for each measurement to stdout; step 0 is the start itself.
 */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import {
  files,
  listPhotos,
  loadLossNetwork,
  openPhotos,
  openSession,
  starts,
  training,
} from 'fast-neural-style';
import { withRequired } from './arguments.js';
import { meanRatio, openJudge, square } from './judge.js';

const { values: given } = parseArgs({
  options: {
    painting: { type: 'string' },
    init: { type: 'string', multiple: true, default: ['none'] },
    photos: { type: 'string' },
    test: { type: 'string' },
    'test-count': { type: 'string', default: '8' },
    weights: { type: 'string' },
    size: { type: 'string', default: '128' },
    'style-size': { type: 'string', default: '192' },
    // Of the judged squares; --size where it is not given.
    'judge-size': { type: 'string' },
    batch: { type: 'string', default: '2' },
    steps: { type: 'string', default: '60,120,300,600' },
    threads: { type: 'string' },
    cosine: { type: 'boolean', default: false },
    config: { type: 'string', default: '{}' },
  },
});
const values = withRequired(given, ['painting', 'photos', 'test', 'weights']);
const counts = values.steps.split(',').map(Number);
if (counts.some((n, i) => !Number.isInteger(n) || n <= (counts[i - 1] ?? 0))) {
  throw new Error(`--steps needs whole numbers that grow, got '${values.steps}'`);
}
/** As the shipped styles are trained. */
const options = {
  name: 'start',
  lossNetwork: 'vgg19',
  styleLayers: ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_2'],
  contentLayers: ['relu3_3'],
  styleWeight: 8,
  tvWeight: 1e-5,
  normalisation: 'paper' as const,
  margin: 0,
  size: Number(values.size),
  styleSize: Number(values['style-size']),
  batch: Number(values.batch),
  ...JSON.parse(values.config),
};
const session = { device: 'cpu', ...(values.threads ? { threads: Number(values.threads) } : {}) } as const;
const photoFiles = await listPhotos(values.photos);
const testFiles = (await listPhotos(values.test)).slice(0, Number(values['test-count']));

console.error('| init | steps | ratio | mean loss | seconds |\n|---|---|---|---|---|');
for (const init of values.init) {
  if (values.cosine) for (const count of counts) await measure(init, [count], 'cosine');
  else await measure(init, [0, ...counts], 'constant');
}

/** Trains from one start and prints what there is after each number of steps. */
async function measure(init: string, stops: readonly number[], schedule: 'constant' | 'cosine') {
  const found = await starts.startingPoint(init, options);
  const start = found && { ...found, adds: false };
  const { architecture, width } = start?.style.info ?? {};
  const steps = stops.at(-1)!;
  const config = training.trainingConfig({
    ...(start && { architecture, width }),
    ...options,
    schedule,
    steps,
  });
  const lossNetwork = await loadLossNetwork(config, { file: values.weights });
  const judge = await openJudge({
    config,
    painting: values.painting,
    photos: testFiles,
    size: Number(values['judge-size'] ?? values.size),
    lossNetwork,
    session,
  });
  const trainer = await training.openStyleTrainer({
    config,
    style: await square(values.painting, config.styleSize),
    lossNetwork,
    init: start && starts.startingParameters(start, config),
    openSession,
    session,
  });
  const { batch, seed, crop } = config;
  const photos = openPhotos({ files: photoFiles, size: training.trainingSizes(config), batch, seed, crop });
  let seconds = 0;
  for (const count of stops) {
    const losses: number[] = [];
    const begin = performance.now();
    while (trainer.steps < count) {
      const { pictures } = await photos.next();
      losses.push((await trainer.step(pictures, trainer.steps / steps)).losses.total!);
    }
    seconds += (performance.now() - begin) / 1000;
    const judgements = await judge.of(await styleFile(config, trainer));
    const ratio = meanRatio(judgements);
    const meanLoss = count === 0 ? undefined : losses.reduce((a, b) => a + b) / losses.length;
    const ratios = Object.fromEntries(judgements.map((j) => [basename(j.path), j.after / j.before]));
    const painting = basename(values.painting);
    console.log(JSON.stringify({ painting, init, steps: count, ratio, meanLoss, seconds, ratios }));
    const loss = meanLoss?.toExponential(3) ?? '';
    console.error(`| ${init} | ${count} | ${ratio.toFixed(4)} | ${loss} | ${seconds.toFixed(1)} |`);
  }
  photos.close();
  await judge.close();
  await trainer.close();
}

/** The trainer's present network, as it is: it sees the photo and nothing beyond. */
async function styleFile(
  { name, architecture, width, seed, lossNetwork }: training.TrainingConfig,
  trainer: training.Trainer,
): Promise<Uint8Array> {
  const info = {
    name,
    architecture,
    width,
    steps: trainer.steps,
    seed,
    lossNetwork,
    config: '{}',
    licence: '',
  };
  return files.encodeStyle({ info, parameters: await trainer.parameters() });
}
