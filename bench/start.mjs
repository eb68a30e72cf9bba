// What a start is worth: the objective of held-out photos (see judge.mjs) after so many steps of training from it.
//   node bench/start.mjs --painting wave.jpg --init none --init many:mean --photos DIR --test DIR --weights vgg19.safetensors \
//     --steps 60,120,300,600 --size 128 --style-size 192 --batch 2 --test-count 8 --threads 2
// `--init` is that of `fns train`; of a network of many paintings without a name it is the mean. The learning rate is constant, so that what is
// measured after few steps does not depend on how many follow; with `--cosine` each number of steps is a training of its own from the start, with
// its own falling rate, as `fns train` does by default. `--config '{"width":32,"seed":1}'` takes any training option.
// A table goes to stderr, one JSON line for each measurement to stdout; step 0 is the start itself.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import {
  encodeStyle,
  listPhotos,
  openPhotos,
  readSafetensors,
  startTraining,
  trainingConfig,
  trainingSizes,
  vggNetwork,
} from '../dist/api/node.js';
import { startingParameters, startingPoint } from '../dist/cli/train-start.js';
import { meanRatio, openJudge, square } from './judge.mjs';

const { values } = parseArgs({
  options: {
    painting: { type: 'string' },
    init: { type: 'string', multiple: true, default: ['none'] },
    photos: { type: 'string' },
    test: { type: 'string' },
    'test-count': { type: 'string', default: '8' },
    weights: { type: 'string' },
    size: { type: 'string', default: '128' },
    'style-size': { type: 'string', default: '192' },
    // Of the judged crops; --size where it is not given.
    'judge-size': { type: 'string' },
    batch: { type: 'string', default: '2' },
    steps: { type: 'string', default: '60,120,300,600' },
    threads: { type: 'string' },
    cosine: { type: 'boolean', default: false },
    config: { type: 'string', default: '{}' },
  },
});
for (const name of ['painting', 'photos', 'test', 'weights']) {
  if (values[name] === undefined) throw new Error(`--${name} is needed`);
}
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
  size: Number(values.size),
  styleSize: Number(values['style-size']),
  batch: Number(values.batch),
  ...JSON.parse(values.config),
};
const session = { device: 'cpu', ...(values.threads ? { threads: Number(values.threads) } : {}) };
const weights = readSafetensors(new Uint8Array(await readFile(values.weights))).tensors;
const files = await listPhotos(values.photos);
const testFiles = (await listPhotos(values.test)).slice(0, Number(values['test-count']));

console.error('| init | steps | ratio | mean loss | seconds |\n|---|---|---|---|---|');
for (const init of values.init) {
  if (values.cosine) for (const count of counts) await measure(init, [count], 'cosine');
  else await measure(init, [0, ...counts], 'constant');
}

/** Trains from one start and prints what there is after each number of steps. */
async function measure(init, stops, schedule) {
  const found = await startingPoint(init, options);
  const start = found && { ...found, adds: false };
  const { architecture, width } = start?.style.info ?? {};
  const config = trainingConfig({
    ...(start ? { architecture, width } : {}),
    ...options,
    schedule,
    steps: stops.at(-1),
  });
  const judge = await openJudge({
    config,
    painting: values.painting,
    photos: testFiles,
    size: Number(values['judge-size'] ?? values.size),
    lossNetwork: vggNetwork(config.lossNetwork, weights),
    session,
  });
  const trainer = await startTraining({
    config,
    style: await square(values.painting, config.styleSize),
    lossNetwork: vggNetwork(config.lossNetwork, weights),
    init: start && startingParameters(start, config),
    session,
  });
  const { batch, seed, crop } = config;
  const photos = openPhotos({ files, size: trainingSizes(config), batch, seed, crop });
  let seconds = 0;
  for (const count of stops) {
    const losses = [];
    const begin = performance.now();
    while (trainer.steps < count) {
      const { pictures } = await photos.next();
      losses.push((await trainer.step(pictures, trainer.steps / config.steps)).losses.total);
    }
    seconds += (performance.now() - begin) / 1000;
    const results = await judge.of(await styleFile(config, trainer));
    const result = {
      painting: basename(values.painting),
      init,
      steps: count,
      ratio: meanRatio(results),
      meanLoss: count === 0 ? undefined : losses.reduce((a, b) => a + b) / losses.length,
      seconds,
      ratios: Object.fromEntries(results.map((r) => [basename(r.path), r.after / r.before])),
    };
    console.log(JSON.stringify(result));
    const loss = result.meanLoss?.toExponential(3) ?? '';
    console.error(`| ${init} | ${count} | ${result.ratio.toFixed(4)} | ${loss} | ${seconds.toFixed(1)} |`);
  }
  photos.close();
  await Promise.all([trainer.close(), judge.close()]);
}

/** The trainer's present network. */
async function styleFile({ name, architecture, width, seed, lossNetwork }, trainer) {
  const info = { name, architecture, width, steps: trainer.steps, seed, lossNetwork };
  return encodeStyle({
    info: { ...info, config: '{}', licence: '' },
    parameters: await trainer.parameters(),
  });
}
