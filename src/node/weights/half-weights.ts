/** The weights that a style is learned with, in half precision and no further than they are needed: for web pages. */
import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type FloatTensor, writeSafetensors } from '../../core/safetensors.js';
import type { VggName } from '../../nets/vgg-layers.js';
import { makeFolder, writeFileAtomically } from '../media/files.js';
import {
  defaultCacheDir,
  findVggWeights,
  loadVggWeights,
  vggTensorShapes,
  type WeightsOptions,
} from './vgg-weights.js';

/** The deepest layers that styles are learned with: of VGG16 as by default, of VGG19 as the shipped styles were. */
const LAST: Record<VggName, string> = { vgg16: 'conv4_3', vgg19: 'conv4_2' };

/**
 * The bytes of a safetensors file with half-precision weights up to the deepest layer that styles are learned with, or
 * as far as the weights go: 15 MB of VGG16, 12 MB of VGG19.
 */
export function halfWeights(network: VggName, tensors: ReadonlyMap<string, FloatTensor>): Uint8Array {
  const names = [...vggTensorShapes(network).keys()];
  const needed = names.slice(0, names.indexOf(`${LAST[network]}.bias`) + 1);
  const kept = new Map(needed.flatMap((name) => (tensors.has(name) ? [[name, tensors.get(name)!]] : [])));
  const metadata = {
    network,
    source: 'Simonyan & Zisserman, VGG ILSVRC-2014; CC BY 4.0; rounded to half precision',
    layout: 'OIHW, RGB input',
  };
  return writeSafetensors(kept, metadata, { half: true });
}

/** A file of half-precision weights. */
export interface HalfWeightsFile {
  path: string;
  /** Another one for other weights. */
  digest: string;
}

/**
 * The file of `halfWeights` of the weights that are installed, made once and kept in the cache folder.
 *
 * @throws FnsError (`no-weights`) when none are installed, or when they are damaged.
 */
export async function keptHalfWeights(
  network: VggName,
  options: WeightsOptions = {},
): Promise<HalfWeightsFile> {
  const source = await findVggWeights(network, options);
  const { size, mtimeMs } = await stat(source);
  const digest = createHash('sha256')
    .update([resolve(source), size, mtimeMs].join('\n'))
    .digest('hex')
    .slice(0, 16);
  const folder = join(options.cacheDir ?? defaultCacheDir(), 'half');
  const name = `${network}-${digest}.safetensors`;
  const path = join(folder, name);
  if (await stat(path).catch(() => undefined)) return { path, digest };
  const { tensors } = await loadVggWeights(network, { ...options, file: source });
  await makeFolder(folder);
  await writeFileAtomically(path, halfWeights(network, tensors));
  // Those of weights that were there before.
  for (const old of await readdir(folder)) {
    if (old.startsWith(`${network}-`) && old.endsWith('.safetensors') && old !== name)
      await rm(join(folder, old), { force: true });
  }
  return { path, digest };
}
