import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { failure } from '../../core/errors.js';
import { type FloatTensor, readSafetensors } from '../../core/safetensors.js';
import { VGG_CHANNELS, VGG_STAGES, type VggName } from '../../nets/vgg-layers.js';
import { readFailure } from '../media/files.js';

/** Megabytes of Keras' files that `fetchVggWeights` downloads: without and with the classifier. */
export const downloadMegabytes: Record<VggName, { features: number; classifier: number }> = {
  vgg16: { features: 59, classifier: 553 },
  vgg19: { features: 80, classifier: 575 },
};

/**
 * Names and shapes of a network's tensors in the order of its layers: `conv1_1.weight` [64, 3, 3, 3],
 * `conv1_1.bias` [64], ... `fc8.weight` [1000, 4096, 1, 1], `fc8.bias` [1000].
 */
export function vggTensorShapes(network: VggName): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const add = (layer: string, weight: [number, number, number, number]) => {
    shapes.set(`${layer}.weight`, weight);
    shapes.set(`${layer}.bias`, [weight[0]]);
  };
  let inputs = 3;
  for (const [block, count] of VGG_STAGES[network].entries()) {
    for (let layer = 1; layer <= count; layer++) {
      add(`conv${block + 1}_${layer}`, [VGG_CHANNELS[block]!, inputs, 3, 3]);
      inputs = VGG_CHANNELS[block]!;
    }
  }
  add('fc6', [4096, 512, 7, 7]);
  add('fc7', [4096, 4096, 1, 1]);
  add('fc8', [1000, 4096, 1, 1]);
  return shapes;
}

/**
 * Checks that `tensors` are the first layers of `network`, as many as there are (at least conv1_1), without a gap and
 * with the right shapes. Throws FnsError that names `file` and the tensor. Other tensors are an
 * error as well: they mean that it is another network's file.
 */
export function checkVggTensors(network: VggName, tensors: Map<string, FloatTensor>, file: string): void {
  const shapes = vggTensorShapes(network);
  const title = network.toUpperCase();
  for (const [name, { shape }] of tensors) {
    const wanted = shapes.get(name);
    if (wanted === undefined) throw failure(`${file}: ${name} is not a tensor of ${title}`);
    if (shape.join() !== wanted.join()) {
      throw failure(
        `${file}: ${name} has the shape [${shape.join(', ')}], in ${title} it is [${wanted.join(', ')}]`,
      );
    }
  }
  let missing: string | undefined;
  for (const name of shapes.keys()) {
    if (!tensors.has(name)) missing ??= name;
    else if (missing !== undefined) throw failure(`${file}: has ${name} but not ${missing} before it`);
  }
  if (missing !== undefined && (missing.startsWith('conv1_1') || missing.endsWith('.bias'))) {
    throw failure(`${file}: ${missing} is missing`);
  }
}

/** The places where `loadVggWeights` looks. */
export interface WeightsOptions {
  /** A .safetensors file, taken before all other places. */
  file?: string;
  /** Default process.env; FNS_WEIGHTS names a folder with weights. */
  env?: Record<string, string | undefined>;
  /** Default the user's cache folder, where `fetchVggWeights` puts them. */
  cacheDir?: string;
}

/** The user's cache folder of this program, by the conventions of the operating system. */
export function defaultCacheDir(): string {
  return envPaths('fast-neural-style', { suffix: '' }).cache;
}

/**
 * Loads the weights of a VGG network from, in this order, `file`, the folder FNS_WEIGHTS (`vgg16.safetensors`, or the
 * first by name of `vgg16*.safetensors`), the cache folder. A file may stop after any layer; the tensors are checked
 * with `checkVggTensors`. Throws FnsError (`no-weights`) when nothing is found, or when
 * the file found is damaged.
 */
export async function loadVggWeights(
  network: VggName,
  options: WeightsOptions = {},
): Promise<{ tensors: Map<string, FloatTensor>; file: string }> {
  const file = await findVggWeights(network, options);
  const bytes = await readFile(file).catch((error: unknown) => {
    throw readFailure(file, error);
  });
  const { tensors } = readSafetensors(bytes, file);
  checkVggTensors(network, tensors, file);
  return { tensors, file };
}

/**
 * The file of a VGG network's weights, where `loadVggWeights` looks.
 *
 * @throws FnsError (`no-weights`) when there is none.
 */
export async function findVggWeights(
  network: VggName,
  { file, env = process.env, cacheDir = defaultCacheDir() }: WeightsOptions,
): Promise<string> {
  if (file !== undefined) return file;
  const exact = `${network}.safetensors`;
  if (env.FNS_WEIGHTS) {
    const names = await readdir(env.FNS_WEIGHTS).catch((error: unknown) => {
      throw failure(`FNS_WEIGHTS must name a folder with weights, it is ${env.FNS_WEIGHTS}`, error);
    });
    const fitting = names.filter((name) => name.startsWith(network) && name.endsWith('.safetensors')).sort();
    const name = fitting.includes(exact) ? exact : fitting[0];
    if (name !== undefined) return join(env.FNS_WEIGHTS, name);
  }
  const cached = join(cacheDir, exact);
  if (await stat(cached).catch(() => undefined)) return cached;
  const places = [env.FNS_WEIGHTS, cacheDir].filter((folder) => folder !== undefined && folder !== '');
  throw failure(
    `no ${network.toUpperCase()} weights found: there is no ${exact} in ${places.join(' or ')}; FNS_WEIGHTS can name a folder that holds it`,
    undefined,
    'no-weights',
  );
}
