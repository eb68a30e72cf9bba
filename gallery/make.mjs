// Makes the shipped styles from recipes.yml:
//   node gallery/make.mjs many   --photos DIR --paintings DIR --weights vgg19.safetensors --work DIR
//   node gallery/make.mjs styles --photos DIR --paintings DIR --weights vgg19.safetensors --test DIR --work DIR [--only wave,scream]
//   node gallery/make.mjs judge  --photos DIR --paintings DIR --weights vgg19.safetensors --test DIR --work DIR [--only wave-32]
//   node gallery/make.mjs start  (the same options) the start of new trainings, from finished styles
// `judge` writes the objective ratios of all shipped styles to gallery/ratios.json.
// Everything is trained in --work, where checkpoints lie as well: the same command goes on where it was stopped. What is finished is
// written to models/ in half precision. `--threads`, `--device`; `styles --width 32` makes the wide versions, each from the finished style of its
// name; `styles --polish` polishes those finished styles in models/ whose recipes have `polishes` (with `--width 32` `widePolishes`). The order is
// many, styles, start, styles --polish, styles --width 32, styles --width 32 --polish: a start from polished styles is no better.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { meanRatio, openJudge, square } from '../bench/judge.mjs';
import {
  decodeCheckpoint,
  decodeStyle,
  encodeCheckpoint,
  encodeStyle,
  listPhotos,
  mixedStyle,
  openPhotos,
  readSafetensors,
  startTraining,
  trainingConfig,
  trainingSizes,
  vggNetwork,
  widened,
} from '../dist/api/node.js';
import { BLEED } from '../dist/nets/architecture.js';
import { identityRow } from '../dist/nets/rows.js';

const { values: args, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    photos: { type: 'string' },
    paintings: { type: 'string' },
    weights: { type: 'string' },
    test: { type: 'string' },
    work: { type: 'string' },
    only: { type: 'string' },
    threads: { type: 'string' },
    device: { type: 'string', default: 'cpu' },
    width: { type: 'string' },
    polish: { type: 'boolean' },
  },
});
const here = dirname(fileURLToPath(import.meta.url));
const models = join(here, '..', 'models');
const recipes = parse(await readFile(join(here, 'recipes.yml'), 'utf8'), { merge: true });
const session = { device: args.device, ...(args.threads ? { threads: Number(args.threads) } : {}) };
const lossNetwork = vggNetwork(
  recipes.losses.lossNetwork,
  readSafetensors(new Uint8Array(await readFile(args.weights))).tensors,
);
const photoFiles = await listPhotos(args.photos);
const paintingFiles = new Map(
  (await listPhotos(args.paintings)).map((path) => [basename(path, extname(path)), path]),
);
await mkdir(args.work, { recursive: true });

const LICENCE =
  'MIT; trained with VGG weights of K. Simonyan and A. Zisserman (CC BY 4.0); the painting is in the public domain';

function paintingFile(name) {
  const path = paintingFiles.get(name);
  if (!path) throw new Error(`no painting ${name} in ${args.paintings}`);
  return path;
}

/**
 * Trains one stage and returns its state. A checkpoint every 300 steps; a finished stage is not done again.
 *
 * @param config its `steps` are those of the stage; the schedule runs over them
 * @param from `init`: parameters to start from; `state`: the state of the stage before, with its moments
 */
async function stage(label, config, targets, from) {
  const file = join(args.work, `${label}.safetensors`);
  const old = await readFile(file).then(
    (bytes) => decodeCheckpoint(new Uint8Array(bytes), file),
    () => undefined,
  );
  if (old && JSON.stringify(old.run) !== JSON.stringify(config))
    throw new Error(`${file} is of another recipe`);
  const base = from.state?.steps ?? 0;
  const end = base + config.steps;
  if (old && old.state.steps >= end) return old.state;
  const resume = old?.state ?? from.state;
  const trainer = await startTraining({ config, ...targets, lossNetwork, init: from.init, resume, session });
  const { batch, seed } = config;
  const photos = openPhotos({
    files: photoFiles,
    size: trainingSizes(config),
    batch,
    seed,
    startAt: old?.position ?? 0,
  });
  const begin = Date.now();
  const first = trainer.steps;
  let [sum, count] = [0, 0];
  let state;
  while (trainer.steps < end) {
    const { pictures } = await photos.next();
    const { losses } = await trainer.step(pictures, (trainer.steps - base) / config.steps);
    sum += losses.total;
    count++;
    if (trainer.steps % 300 !== 0 && trainer.steps < end) continue;
    state = await trainer.state();
    const run = JSON.parse(JSON.stringify(config));
    await writeFile(
      `${file}.tmp`,
      await encodeCheckpoint({ run, seconds: 0, position: photos.position, state }),
    );
    await rename(`${file}.tmp`, file);
    const rate = (trainer.steps - first) / ((Date.now() - begin) / 1000);
    const loss = (sum / count / 1e6).toFixed(4);
    console.log(`${label}  step ${trainer.steps}/${end}  ${rate.toFixed(2)} steps/s  mean loss ${loss} M`);
    [sum, count] = [0, 0];
  }
  photos.close();
  await trainer.close();
  return state;
}

/** The parameters in a state: what is not a moment of Adam. */
function parametersOf(state) {
  return new Map([...state.tensors].filter(([name]) => !name.startsWith('adam.')));
}

/** A judge of a style at its own weights, at 256x256 on the first `count` of the test photos. */
async function openStyleJudge(config, painting, count) {
  const photos = (await listPhotos(args.test)).slice(0, count);
  const judge = await openJudge({
    config,
    painting: paintingFile(painting),
    photos,
    size: 256,
    lossNetwork,
    session,
  });
  return { ratio: async (bytes) => meanRatio(await judge.of(bytes)), close: () => judge.close() };
}

function styleOf(config, steps, parameters) {
  const info = {
    name: config.name,
    architecture: config.architecture,
    width: config.width,
    steps,
    seed: config.seed,
    lossNetwork: config.lossNetwork,
    config: JSON.stringify(config),
    licence: LICENCE,
    bleed: BLEED[config.architecture],
    ...(config.paintings ? { paintings: config.paintings } : {}),
  };
  return { info, parameters };
}

/** What a painting is called in the network of many. */
function shownName(painting) {
  return recipes.many.names[painting] ?? painting;
}

/** The network of many paintings. */
async function makeMany() {
  const { config: own, leaveOut, stages } = recipes.many;
  const names = [...paintingFiles.keys()].filter((name) => !leaveOut.includes(name));
  let state;
  let config;
  const name = 'many';
  for (const [i, given] of stages.entries()) {
    config = trainingConfig({
      ...own,
      ...given,
      name,
      paintings: names,
      // Another order of photos in each stage.
      seed: i,
    });
    const paintings = [];
    for (const painting of names) {
      paintings.push({ name: painting, style: await square(paintingFile(painting), config.styleSize) });
    }
    state = await stage(`${name}-${i}`, config, { paintings }, { state });
  }
  const parameters = parametersOf(state);
  const identity = identityRow(parameters.get('rows').data, config.width);
  parameters.set('identity', { shape: [identity.length], data: identity });
  const named = { ...config, paintings: config.paintings.map(shownName) };
  const bytes = encodeStyle(styleOf(named, state.steps, parameters), { half: true });
  await writeFile(join(models, `${name}.onnx`), bytes);
  console.log(`${name}: ${state.steps} steps, ${bytes.length} bytes`);
}

/** The network of many paintings as one of this painting, or of the mean of all where it has not seen it. */
async function startParameters(painting) {
  const start = await shippedStyle('many');
  const known = start.info.paintings;
  const name = shownName(painting);
  const mix = known.includes(name) ? { [name]: 1 } : Object.fromEntries(known.map((n) => [n, 1]));
  return mixedStyle(start, mix, 'many').parameters;
}

/** What `fns train` starts from: the mean of finished styles that began at the network of many. */
async function makeStart() {
  const { styles } = recipes.start;
  const made = await Promise.all(styles.map(shippedStyle));
  const { pictures: _, start: __, ...first } = made[0].info;
  const info = {
    ...first,
    name: 'start',
    steps: made.reduce((sum, style) => sum + style.info.steps, 0),
    config: JSON.stringify({ ...JSON.parse(first.config), name: 'start' }),
    licence: LICENCE.replace('the painting is', 'the paintings are'),
  };
  const parameters = meanOf(made.map((style) => style.parameters));
  const bytes = encodeStyle({ info, parameters }, { half: true });
  await mkdir(join(models, 'start'), { recursive: true });
  await writeFile(join(models, 'start', 'modern.onnx'), bytes);
  console.log(`start: ${styles.length} styles, ${bytes.length} bytes`);
}

/** A shipped style as it is in its file. */
async function shippedStyle(name) {
  return decodeStyle(new Uint8Array(await readFile(join(models, `${name}.onnx`))), name);
}

/** The mean of networks. */
function meanOf(networks) {
  const mean = new Map();
  for (const [name, { shape, data }] of networks[0]) {
    const sum = new Float64Array(data.length);
    for (const network of networks) for (const [i, v] of network.get(name).data.entries()) sum[i] += v;
    mean.set(name, { shape, data: Float32Array.from(sum, (v) => v / networks.length) });
  }
  return mean;
}

/** The finished style of the common width, widened. */
async function wideParameters(name, width) {
  const { info, parameters } = await shippedStyle(name);
  let wide = parameters;
  for (let w = info.width; w < width; w *= 2) wide = widened(wide, info.architecture, w);
  return wide;
}

/** What a style is called here: wide ones after their width. */
function nameOf({ name }) {
  return args.width ? `${name}-${args.width}` : name;
}

/**
 * What makes one style: it trains parts one after the other, judges, and writes what there is in the end.
 *
 * @param first the parameters to start from, and the steps behind them
 */
async function openMaking(recipe, { parameters, steps = 0 }) {
  const { painting, polishes: _, widePolishes: __, wide: ___, ...more } = recipe;
  const width = Number(args.width ?? recipes.styles.config.width);
  const name = nameOf(recipe);
  const common = { ...recipes.styles.config, ...more, width, name };
  const style = await square(paintingFile(painting), more.styleSize);
  let config = trainingConfig({ ...common, steps: 1 });
  const judge = await openStyleJudge(config, painting, 8);
  const file = () => encodeStyle(styleOf(config, steps, parameters), { half: true });
  async function ratio() {
    const value = await judge.ratio(file());
    console.log(`${name}: ratio ${value.toFixed(4)}, ${steps} steps`);
    return value;
  }
  return {
    ratio,
    async train(part, options) {
      config = trainingConfig({ ...common, ...options });
      parameters = parametersOf(await stage(`${name}-${part}`, config, { style }, { init: parameters }));
      steps += config.steps;
    },
    async finish() {
      await writeFile(join(args.work, `${name}.json`), JSON.stringify({ name, steps, ratio: await ratio() }));
      await judge.close();
      await writeFile(join(models, `${name}.onnx`), file());
    },
  };
}

/** One style, refined from the network of many; a wider one from the finished style. */
async function makeStyle(recipe) {
  const { size, round, until, mostRounds, finish } = {
    ...recipes.styles,
    ...(args.width ? recipes.styles.wide : {}),
  };
  const parameters = args.width
    ? await wideParameters(recipe.name, Number(args.width))
    : await startParameters(recipe.painting);
  const making = await openMaking(recipe, { parameters });
  let best = await making.ratio();
  for (let i = 0; i < mostRounds; i++) {
    await making.train(i, { size, steps: round, schedule: 'constant', seed: 100 + i });
    const ratio = await making.ratio();
    const falls = ratio < best * (1 - until);
    best = Math.min(best, ratio);
    if (!falls) break;
  }
  await making.train('finish', { ...finish, seed: 200, ...(args.width ? recipe.wide : {}) });
  await making.finish();
}

/** The polishes of a style, each a number of steps or a configuration. */
function polishesOf(recipe) {
  return (args.width ? recipe.widePolishes : recipe.polishes) ?? [];
}

/** A finished style, trained longer. */
async function polishStyle(recipe) {
  const { info, parameters } = await shippedStyle(nameOf(recipe));
  const making = await openMaking(recipe, { parameters, steps: info.steps });
  await making.ratio();
  for (const [i, polish] of polishesOf(recipe).entries()) {
    const own = typeof polish === 'number' ? { steps: polish } : polish;
    await making.train(`polish-${i}`, { ...recipes.styles.polish, seed: 300 + i, ...own });
    await making.ratio();
  }
  await making.finish();
}

/** The objective ratios of all shipped styles, at their own weights, over all test photos at 256x256. */
async function judgeAll() {
  const file = join(here, 'ratios.json');
  const ratios = args.only ? JSON.parse(await readFile(file, 'utf8')) : {};
  const only = args.only?.split(',');
  for (const { name: own, painting } of recipes.styles.list) {
    for (const name of [own, `${own}-32`]) {
      if (only && !only.includes(name)) continue;
      const bytes = await readFile(join(models, `${name}.onnx`)).catch(() => undefined);
      if (!bytes) continue;
      const config = trainingConfig(JSON.parse(decodeStyle(new Uint8Array(bytes), name).info.config));
      const judge = await openStyleJudge(config, painting, Number.POSITIVE_INFINITY);
      ratios[name] = Number((await judge.ratio(new Uint8Array(bytes))).toFixed(4));
      await judge.close();
      console.log(`${name}: ${ratios[name]}`);
    }
  }
  await writeFile(file, `${JSON.stringify(ratios, null, 2)}\n`);
}

const what = positionals[0];
if (what === 'many') await makeMany();
else if (what === 'start') await makeStart();
else if (what === 'judge') await judgeAll();
else if (what === 'styles') {
  const only = args.only?.split(',');
  const list = recipes.styles.list.filter(({ name }) => !only || only.includes(name));
  if (args.polish)
    for (const recipe of list.filter((r) => polishesOf(r).length > 0)) await polishStyle(recipe);
  else for (const recipe of list) await makeStyle(recipe);
} else {
  console.error("give 'many', 'start', 'styles' or 'judge'");
  process.exit(2);
}
