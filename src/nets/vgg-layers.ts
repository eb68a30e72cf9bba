import { usage } from '../core/errors.js';

/** The loss networks that are known by name. */
export type VggName = 'vgg16' | 'vgg19';

/** Tells whether a loss network is one of those known by name; the others are ONNX files. */
export function isVgg(network: string): network is VggName {
  return network === 'vgg16' || network === 'vgg19';
}

/** Convolutions of each of the five stages. */
export const VGG_STAGES: Record<VggName, readonly number[]> = {
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
};

/** Channels of each stage. */
export const VGG_CHANNELS = [64, 128, 256, 512, 512] as const;

/** The layers of a network in order: `relu1_1`, `relu1_2`, `pool1`, ..., `pool5`, `fc6`, `fc7`, `fc8`. */
export function vggLayers(network: VggName): string[] {
  const names: string[] = [];
  VGG_STAGES[network].forEach((count, s) => {
    for (let i = 1; i <= count; i++) names.push(`relu${s + 1}_${i}`);
    names.push(`pool${s + 1}`);
  });
  return [...names, 'fc6', 'fc7', 'fc8'];
}

/**
 * The short name (`relu1_2`, `pool2`, `fc6`) of a layer given under any of its usual names: `relu1_2`, `conv1_2`,
 * `vgg_16/conv1/conv1_2` (TF-slim; the output after ReLU in every case), `vgg_16/pool2`, `vgg_16/fc6`. A layer of an
 * ONNX file is the name of a tensor in it, and only the file knows which there are.
 *
 * @throws FnsError (usage) when VGG has no such layer.
 */
export function parseLayer(name: string, network: string): string {
  if (!isVgg(network)) return name.trim();
  const last = name.trim().split('/').at(-1)!.toLowerCase();
  const short = last.replace(/^conv(\d_\d)$/, 'relu$1');
  const known = vggLayers(network);
  const prefix = name.includes('/') ? name.trim().split('/')[0] : undefined;
  const prefixFits = prefix === undefined || prefix === slimScope(network) || /^(conv|pool)\d$/.test(prefix);
  if (!known.includes(short) || !prefixFits) {
    throw usage(
      `unknown layer '${name}' of ${network}: one of ${known.filter((n) => n.startsWith('relu')).join(', ')} is needed`,
    );
  }
  return short;
}

/** The TF-slim endpoint of a layer: `relu1_2` of vgg16 is `vgg_16/conv1/conv1_2`; of an ONNX file `FILE/LAYER`. */
export function endpointName(layer: string, network: string): string {
  if (!isVgg(network)) return `${network.replace(/\.onnx$/i, '')}/${layer}`;
  const scope = slimScope(network);
  const conv = /^relu((\d)_\d)$/.exec(layer);
  return conv ? `${scope}/conv${conv[2]}/conv${conv[1]}` : `${scope}/${layer}`;
}

function slimScope(network: VggName): string {
  return network === 'vgg16' ? 'vgg_16' : 'vgg_19';
}
