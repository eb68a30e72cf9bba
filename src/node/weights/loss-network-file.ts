import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { badOption, failure } from '../../core/errors.js';
import { sha256 } from '../../core/sha256.js';
import type { LossNetwork } from '../../nets/loss-network.js';
import { onnxNetwork, parseLossInput } from '../../nets/onnx-loss-network.js';
import { vggNetwork } from '../../nets/vgg.js';
import { isVgg } from '../../nets/vgg-layers.js';
import { isOnnxFile, type LossNetworkConfig } from '../../train/loss-network-config.js';
import { readFailure } from '../media/files.js';
import { loadVggWeights, type WeightsOptions } from './vgg-weights.js';

/** A loss network as a user names it. */
export interface LossNetworkFlags {
  /** `vgg16`, `vgg19`, or the path of an ONNX file. */
  lossNetwork?: string;
  lossInput?: string;
  /** VGG weights, when not the installed ones. */
  weights?: string;
}

/** A loss network for a configuration, and the absolute path of its file where one was named. */
export interface ChosenLossNetwork {
  config: Partial<LossNetworkConfig>;
  file?: string;
}

/**
 * Turns the user's choice into a configuration, which names an ONNX file without its folder and knows its SHA-256.
 *
 * @throws FnsError when there is no such network.
 */
export async function chooseLossNetwork(flags: LossNetworkFlags): Promise<ChosenLossNetwork> {
  const { lossNetwork, lossInput, weights } = flags;
  if (lossNetwork === undefined || isVgg(lossNetwork)) {
    if (lossInput !== undefined) {
      throw badOption(
        'lossInput',
        `it is for a loss network from an .onnx file, not for ${lossNetwork ?? 'VGG'}`,
      );
    }
    return { config: { lossNetwork }, ...(weights === undefined ? {} : { file: resolve(weights) }) };
  }
  if (!isOnnxFile(lossNetwork)) {
    throw badOption('lossNetwork', `vgg16, vgg19 or an .onnx file is needed, got '${lossNetwork}'`);
  }
  if (weights !== undefined) {
    throw badOption(
      'weights',
      'they are for vgg16 and vgg19; a loss network from an .onnx file brings its own',
    );
  }
  const file = resolve(lossNetwork);
  const config = {
    lossNetwork: basename(lossNetwork),
    lossInput: parseLossInput(lossInput ?? 'imagenet'),
    lossSha256: await sha256(await read(file)),
  };
  return { config, file };
}

/**
 * Loads the loss network of a configuration: VGG weights as `loadVggWeights` finds them, or an ONNX file.
 *
 * @param options `file`: the weights or the ONNX file
 * @throws FnsError when it is missing or not the file that the configuration knows.
 */
export async function loadLossNetwork(
  config: LossNetworkConfig,
  options: WeightsOptions = {},
): Promise<LossNetwork> {
  const { lossNetwork: name, lossInput: input, lossSha256 } = config;
  if (isVgg(name)) return vggNetwork(name, (await loadVggWeights(name, options)).tensors);
  const { file } = options;
  if (file === undefined) {
    throw failure(
      `the loss network is ${name}, an ONNX file, and its path was not given`,
      undefined,
      'no-loss-network-file',
    );
  }
  const bytes = await read(file);
  if (lossSha256 !== undefined && (await sha256(bytes)) !== lossSha256) {
    throw failure(`${file} is not the loss network of before: its SHA-256 is another`);
  }
  return onnxNetwork(bytes, { name, input });
}

async function read(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    throw readFailure(file, error);
  });
}
