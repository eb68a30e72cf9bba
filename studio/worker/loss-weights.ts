/** The weights of the network that compares pictures: from a file of any size, kept in half precision. */
import { files, nets } from 'fast-neural-style/browser';
import { keepFile, keptFile, type OnBytes } from './kept-files.js';

/** Where weights are: the network, and an address that is kept. */
export interface LossWeights {
  network: nets.VggName;
  url: string;
}

/** The deepest layers that styles are learned with. */
const LAST: Record<nets.VggName, string> = { vgg16: 'relu4_3', vgg19: 'relu4_2' };

/** The losses' layers: those of VGG19 are the shipped styles', those of VGG16 the paper's. */
const LAYERS: Record<nets.VggName, { style: string[]; content: string[] }> = {
  vgg16: { style: ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_3'], content: ['relu4_2', 'relu3_3', 'relu2_2'] },
  vgg19: { style: ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_2'], content: ['relu4_2', 'relu3_3', 'relu2_2'] },
};

/** The loss network of weights, fetched once. */
export async function lossNetwork(
  { network, url }: LossWeights,
  onBytes?: OnBytes,
): Promise<nets.LossNetwork> {
  const { tensors } = files.readSafetensors(await keptFile(url, onBytes), 'the weights');
  return nets.vggNetwork(network, tensors);
}

/** The layers to learn with, as far as the weights reach. */
export function lossLayersOf(network: nets.LossNetwork): { styleLayers: string[]; contentLayers: string[] } {
  const { style, content } = LAYERS[network.name as nets.VggName];
  const there = network.layers();
  const styleLayers = style.filter((layer) => there.includes(layer));
  const contentLayers = content.filter((layer) => there.includes(layer)).slice(0, 1);
  return { styleLayers, contentLayers };
}

/**
 * Reads a file of weights, and keeps of it what is needed, under an address.
 *
 * @param name of the file, which may name the network
 * @throws FnsError when it is no safetensors file, Error `not-weights` when it holds no VGG.
 */
export async function keepLossWeights(bytes: Uint8Array, name: string, folder: string): Promise<LossWeights> {
  const { tensors, metadata } = files.readSafetensors(bytes, name);
  if (!tensors.has('conv1_1.weight')) throw new Error('not-weights');
  const network = networkOf(tensors, metadata.network ?? '', name);
  const loss = nets.vggNetwork(network, tensors);
  loss.requireLayers(['relu1_2', 'relu2_2']);
  const layers = nets.vggLayers(network);
  const needed = new Set(layers.slice(0, layers.indexOf(LAST[network]) + 1));
  const kept = new Map(
    [...tensors].filter(([tensor]) => needed.has(tensor.split('.')[0]!.replace('conv', 'relu'))),
  );
  const url = `${folder}own-${network}.safetensors`;
  await keepFile(url, files.writeSafetensors(kept, { network }, { half: true }));
  return { network, url };
}

function networkOf(tensors: ReadonlyMap<string, unknown>, said: string, name: string): nets.VggName {
  if (nets.isVgg(said)) return said;
  if (tensors.has('conv3_4.weight')) return 'vgg19';
  if (tensors.has('conv4_1.weight')) return 'vgg16';
  return name.includes('19') ? 'vgg19' : 'vgg16';
}
