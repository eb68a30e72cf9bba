/**
 * The network of pytorch/examples fast_neural_style (neural_style/transformer_net.py) as our `modern`, which computes
 * exactly the same: a bias before an instance norm cancels, and so do means subtracted from the picture, because
 * reflection keeps a constant constant. The output's bias stays, less the means that `modern` adds.
 */
import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { parameterSpecs } from '../nets/parameters.js';
import { VGG_MEANS } from '../nets/vgg.js';
import { type Converted, type ForeignTensors, type Reading, takeTensor, takeWidth } from './tensor.js';

/** A convolution of the network and the instance norm after it, by its names and by ours. */
interface Layer {
  conv: string;
  /** Undefined after the last convolution. */
  norm: string | undefined;
  ours: { conv: string; norm: string };
}

/** All convolutions in order: `conv1..3`, `res1..5`, `deconv1..3`. */
export const PYTORCH_LAYERS: readonly Layer[] = [
  ...[1, 2, 3].map((i) => ({
    conv: `conv${i}`,
    norm: `in${i}`,
    ours: { conv: `down${i}.conv`, norm: `down${i}.norm` },
  })),
  ...[1, 2, 3, 4, 5].flatMap((i) =>
    [1, 2].map((k) => ({
      conv: `res${i}.conv${k}`,
      norm: `res${i}.in${k}`,
      ours: { conv: `res${i}.conv${k}`, norm: `res${i}.norm${k}` },
    })),
  ),
  ...[1, 2].map((i) => ({
    conv: `deconv${i}`,
    norm: `in${i + 3}`,
    ours: { conv: `up${i}.conv`, norm: `up${i}.norm` },
  })),
  { conv: 'deconv3', norm: undefined, ours: { conv: 'out.conv', norm: '' } },
];

/** Running statistics, which instance norms of old versions of PyTorch carried along without using them. */
const UNUSED = /\.(running_mean|running_var|num_batches_tracked)$/;

/**
 * The parameters of `modern` from tensors under the names of pytorch/examples (`conv1.conv2d.weight`, `in1.weight`,
 * ...).
 *
 * @throws FnsError naming the first tensor that is missing, misshapen or not of this network.
 */
export function fromPytorchExamples(tensors: ForeignTensors, label: string): Converted {
  const reading: Reading = { label, network: 'the pytorch/examples network' };
  const width = takeWidth(tensors, 'conv1.conv2d.weight', 0, reading);
  const shapes = new Map(parameterSpecs('modern', width).map(({ name, shape }) => [name, shape]));
  const parameters = new Map<string, FloatTensor>();
  const known = new Set<string>();
  const take = (name: string, shape: number[]) => {
    known.add(name);
    return takeTensor(tensors, name, shape, reading);
  };
  const put = (ours: string, name: string) => {
    const shape = shapes.get(ours)!;
    parameters.set(ours, { shape, data: take(name, shape) });
  };
  for (const { conv, norm, ours } of PYTORCH_LAYERS) {
    put(`${ours.conv}.weight`, `${conv}.conv2d.weight`);
    if (norm !== undefined) {
      known.add(`${conv}.conv2d.bias`);
      put(`${ours.norm}.scale`, `${norm}.weight`);
      put(`${ours.norm}.shift`, `${norm}.bias`);
    }
  }
  const bias = take('deconv3.conv2d.bias', [3]);
  parameters.set('out.conv.bias', { shape: [3], data: bias.map((b, i) => b - VGG_MEANS[i]!) });
  for (const name of tensors.keys()) {
    if (!known.has(name) && !UNUSED.test(name)) {
      throw failure(`${label}: the pytorch/examples network has no tensor ${name}`);
    }
  }
  return { architecture: 'modern', width, parameters };
}
