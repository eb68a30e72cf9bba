/**
 * Makes the shipped styles from recipes.yml:
 *   npx tsx gallery/make.ts many   --photos DIR --paintings DIR --weights vgg19.safetensors --work DIR
 *   npx tsx gallery/make.ts styles --photos DIR --paintings DIR --weights vgg19.safetensors --test DIR --work DIR [--only wave,scream]
 *   npx tsx gallery/make.ts start
 * `start` makes the start of new trainings from finished styles. `measures.ts` measures what was made.
 * Everything is trained in --work, where checkpoints lie as well: the same command goes on where it was stopped. What is finished is
 * written to models/ in half precision. `--threads`, `--device`; `styles --width 32` makes the wide versions, each from the finished style of its
 * name; `styles --polish` polishes those finished styles in models/ whose recipes have `polishes` (with `--width 32` `widePolishes`). The order is
 * many, styles, start, styles --polish, styles --width 32, styles --width 32 --polish: a start from polished styles is no better.
 * `--recipes FILE` and `--models DIR` are for trials.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Device, files, listPhotos, loadLossNetwork, nets, training } from 'fast-neural-style';
import { withRequired } from '../bench/arguments.js';
import { meanRatio, openJudge, square } from '../bench/judge.js';
import { paintingFiles } from './paintings.js';
import { type Polish, readRecipes, type StyleRecipe } from './recipes.js';
import { parametersOf, type StageOptions, trainStage } from './stage.js';

type Parameters = ReadonlyMap<string, files.FloatTensor>;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
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
    polish: { type: 'boolean', default: false },
    recipes: { type: 'string', default: here('recipes.yml') },
    models: { type: 'string', default: here('../models') },
  },
});
const { models } = args;
const recipes = await readRecipes(args.recipes);
const session = { device: args.device as Device, ...(args.threads && { threads: Number(args.threads) }) };
const only = args.only?.split(',');
const wideWidth = args.width === undefined ? undefined : Number(args.width);

const LICENCE =
  'MIT; trained with VGG weights of K. Simonyan and A. Zisserman (CC BY 4.0); the painting is in the public domain';

/** What trainings need, and what they do. */
async function openWorkshop() {
  const { photos, work, weights, paintings } = withRequired(args, ['photos', 'work', 'weights', 'paintings']);
  await mkdir(work, { recursive: true });
  const photoFiles = await listPhotos(photos);
  const lossNetwork = await openLossNetwork(weights);
  type Given = Pick<StageOptions, 'style' | 'paintings' | 'init' | 'before'>;
  return {
    work,
    lossNetwork,
    paintings: await paintingFiles(paintings),
    /** Trains one stage, with its checkpoint in --work. */
    stage(label: string, config: Config, given: Given): Promise<training.TrainerState> {
      const file = join(work, `${label}.safetensors`);
      return trainStage({ label, file, config, photos: photoFiles, lossNetwork, session, ...given });
    },
  };
}

type Workshop = Awaited<ReturnType<typeof openWorkshop>>;

/** A configuration whose length is a number of steps. */
type Config = StageOptions['config'];

function configOf(options: training.TrainingOptions & { name: string; steps?: number }): Config {
  return withRequired(training.trainingConfig(options), ['steps']);
}

function openLossNetwork(weights: string): Promise<nets.LossNetwork> {
  return loadLossNetwork({ lossNetwork: recipes.losses.lossNetwork }, { file: weights });
}

/** Opens the measure of a style: its mean objective ratio at its own weights, at 256x256 on the first `count` of the test photos. */
async function openStyleJudge(
  config: training.TrainingConfig,
  painting: string,
  lossNetwork: nets.LossNetwork,
  count?: number,
) {
  const photos = (await listPhotos(withRequired(args, ['test']).test)).slice(0, count);
  const judge = await openJudge({ config, painting, photos, size: 256, lossNetwork, session });
  return { ratio: async (style: Uint8Array) => meanRatio(await judge.of(style)), close: () => judge.close() };
}

/** A style file in half precision. */
function styleFile(
  config: training.TrainingConfig,
  steps: number,
  parameters: Parameters,
  bleed = nets.BLEED[config.architecture],
): Uint8Array {
  const { name, architecture, width, seed, lossNetwork, paintings } = config;
  const info = {
    ...{
      name,
      architecture,
      width,
      steps,
      seed,
      lossNetwork,
      config: JSON.stringify(config),
      licence: LICENCE,
    },
    bleed,
    ...(paintings && { paintings }),
  };
  return files.encodeStyle({ info, parameters: new Map(parameters) }, { half: true });
}

/** What a painting is called in the network of many. */
function shownName(painting: string): string {
  return recipes.many.names[painting] ?? painting;
}

/** The network of many paintings. */
async function makeMany(): Promise<void> {
  const { stage, paintings: all } = await openWorkshop();
  const { config: own, leaveOut, stages } = recipes.many;
  const paintings = all.names.filter((painting) => !leaveOut.includes(painting));
  const name = 'many';
  let made: { state: training.TrainerState; config: Config } | undefined;
  for (const [i, given] of stages.entries()) {
    // Another order of photos in each stage.
    const config = configOf({ ...own, ...given, name, paintings, seed: i });
    const styles: { name: string; style: Awaited<ReturnType<typeof square>> }[] = [];
    for (const painting of paintings) {
      styles.push({ name: painting, style: await square(all.of(painting), config.styleSize) });
    }
    const state = await stage(`${name}-${i}`, config, { paintings: styles, before: made?.state });
    made = { state, config };
  }
  if (!made) throw new Error('the recipe of many has no stages');
  const { state, config } = made;
  const parameters = parametersOf(state);
  const identity = nets.identityRow(parameters.get('rows')!.data, config.width);
  parameters.set('identity', { shape: [identity.length], data: identity });
  const bytes = styleFile({ ...config, paintings: paintings.map(shownName) }, state.steps, parameters);
  await writeFile(join(models, `${name}.onnx`), bytes);
  console.log(`${name}: ${state.steps} steps, ${bytes.length} bytes`);
}

/** The network of many paintings as one of this painting, or of the mean of all where it has not seen it. */
async function startParameters(painting: string): Promise<Parameters> {
  const start = await shippedStyle('many');
  const known = start.info.paintings!;
  const name = shownName(painting);
  const mix = known.includes(name) ? { [name]: 1 } : Object.fromEntries(known.map((n) => [n, 1]));
  return files.mixedStyle(start, mix, 'many').parameters;
}

/** What `fns train` starts from: the mean of finished styles that began at the network of many. */
async function makeStart(): Promise<void> {
  const { styles } = recipes.start;
  const made = await Promise.all(styles.map(shippedStyle));
  const { pictures: _, start: __, ...first } = made[0]!.info;
  const info = {
    ...first,
    name: 'start',
    steps: made.reduce((sum, style) => sum + style.info.steps, 0),
    config: JSON.stringify({ ...JSON.parse(first.config), name: 'start' }),
    licence: LICENCE.replace('the painting is', 'the paintings are'),
  };
  const parameters = meanOf(made.map((style) => style.parameters));
  const bytes = files.encodeStyle({ info, parameters }, { half: true });
  await mkdir(join(models, 'start'), { recursive: true });
  await writeFile(join(models, 'start', 'modern.onnx'), bytes);
  console.log(`start: ${styles.length} styles, ${bytes.length} bytes`);
}

/** A shipped style as it is in its file. */
async function shippedStyle(name: string): Promise<files.Style> {
  return files.decodeStyle(new Uint8Array(await readFile(join(models, `${name}.onnx`))), name);
}

/** The mean of networks, each with the same weight unless others are given. */
function meanOf(
  networks: readonly Parameters[],
  weights = networks.map(() => 1 / networks.length),
): Map<string, files.FloatTensor> {
  const mean = new Map<string, files.FloatTensor>();
  for (const [name, { shape, data }] of networks[0]!) {
    const sum = new Float64Array(data.length);
    for (const [k, network] of networks.entries()) {
      network.get(name)!.data.forEach((v, i) => {
        sum[i]! += weights[k]! * v;
      });
    }
    mean.set(name, { shape, data: Float32Array.from(sum) });
  }
  return mean;
}

/** The finished style of the common width, widened. */
async function wideParameters(name: string, width: number): Promise<Parameters> {
  const { info, parameters } = await shippedStyle(name);
  let wide: Parameters = parameters;
  for (let w = info.width; w < width; w *= 2) wide = nets.widened(wide, info.architecture, w);
  return wide;
}

/** What a style is called here: wide ones after their width. */
function nameOf({ name }: StyleRecipe): string {
  return wideWidth === undefined ? name : `${name}-${wideWidth}`;
}

/**
 * What makes one style: it trains parts one after the other, judges, and writes what there is in the end.
 *
 * @param start the parameters to start from, and the steps behind them
 */
async function openMaking(
  { work, lossNetwork, paintings, stage }: Workshop,
  recipe: StyleRecipe,
  start: { parameters: Parameters; steps: number },
) {
  const { painting, bleed, polishes: _, widePolishes: __, wide: ___, ...own } = recipe;
  const name = nameOf(recipe);
  const common = { ...recipes.styles.config, ...own, name, ...(wideWidth && { width: wideWidth }) };
  let { parameters, steps } = start;
  /** What there was before each training. */
  const before: Parameters[] = [];
  let config = configOf({ ...common, steps: 1 });
  const judge = await openStyleJudge(config, paintings.of(painting), lossNetwork, 8);
  const file = () => styleFile(config, steps, parameters, bleed);
  async function ratio(): Promise<number> {
    const value = await judge.ratio(file());
    console.log(`${name}: ratio ${value.toFixed(4)}, ${steps} steps`);
    return value;
  }
  return {
    ratio,
    async train(part: string | number, { take = 1, over = 1, ...options }: Polish): Promise<void> {
      config = configOf({ ...common, ...options });
      const style = await square(paintings.of(painting), config.styleSize);
      const trained = parametersOf(await stage(`${name}-${part}`, config, { style, init: parameters }));
      before.push(parameters);
      parameters = take === 1 ? trained : meanOf([trained, before.at(-over)!], [take, 1 - take]);
      steps += config.steps;
    },
    async finish(): Promise<void> {
      await writeFile(join(work, `${name}.json`), JSON.stringify({ name, steps, ratio: await ratio() }));
      await writeFile(join(models, `${name}.onnx`), file());
      await judge.close();
    },
  };
}

/** One style, refined from the network of many; a wider one from the finished style. */
async function makeStyle(workshop: Workshop, recipe: StyleRecipe): Promise<void> {
  const { styles } = recipes;
  const { size, round, until, mostRounds, finish } = { ...styles, ...(wideWidth && styles.wide) };
  const parameters = wideWidth
    ? await wideParameters(recipe.name, wideWidth)
    : await startParameters(recipe.painting);
  const making = await openMaking(workshop, recipe, { parameters, steps: 0 });
  let best = await making.ratio();
  for (let i = 0; i < mostRounds; i++) {
    await making.train(i, { size, steps: round, schedule: 'constant', seed: 100 + i });
    const ratio = await making.ratio();
    const falls = ratio < best * (1 - until);
    best = Math.min(best, ratio);
    if (!falls) break;
  }
  await making.train('finish', { ...finish, seed: 200, ...(wideWidth && recipe.wide) });
  await making.finish();
}

/** The polishes of a style, each a number of steps or options. */
function polishesOf({ polishes, widePolishes }: StyleRecipe): (number | Polish)[] {
  return (wideWidth ? widePolishes : polishes) ?? [];
}

/** A finished style, trained longer. */
async function polishStyle(workshop: Workshop, recipe: StyleRecipe): Promise<void> {
  const { info, parameters } = await shippedStyle(nameOf(recipe));
  const making = await openMaking(workshop, recipe, { parameters, steps: info.steps });
  await making.ratio();
  for (const [i, polish] of polishesOf(recipe).entries()) {
    const own = typeof polish === 'number' ? { steps: polish } : polish;
    await making.train(`polish-${i}`, { ...recipes.styles.polish, seed: 300 + i, ...own });
    await making.ratio();
  }
  await making.finish();
}

/** All styles, or those of --only. */
async function makeStyles(): Promise<void> {
  const workshop = await openWorkshop();
  const list = recipes.styles.list.filter(({ name }) => !only || only.includes(name));
  for (const recipe of list) {
    if (!args.polish) await makeStyle(workshop, recipe);
    else if (polishesOf(recipe).length > 0) await polishStyle(workshop, recipe);
  }
}

const tasks: Record<string, () => Promise<void>> = {
  many: makeMany,
  styles: makeStyles,
  start: makeStart,
};
const task = tasks[positionals[0] ?? ''];
if (!task) {
  console.error(`one of ${Object.keys(tasks).join(', ')} is needed, got '${positionals[0] ?? ''}'`);
  process.exit(2);
}
await task();
