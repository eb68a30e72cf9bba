import {
  add,
  allSides,
  batchNorm,
  batchNormInference,
  conv2d,
  convTranspose2d,
  crop,
  instanceNorm,
  lastRowsAndColumns,
  reflectPad,
  relu,
  scale,
  type Tensor,
  tanh,
  zeroPad,
  zerosToEven,
} from '../graph/index.js';
import type { Architecture } from './architecture.js';
import { blockConv, upsampleConv, upsampleStridedConv } from './fast-convolutions.js';
import { addMeans, subtractMeans } from './vgg.js';

/**
 * The purpose that a network is built for. `train`: differentiable, batch norm with the statistics of the batch.
 * `apply`: fused normalisation, for pictures of any size, batch norm with its running statistics. `apply-on-cpu`: the same
 * without what only ONNX Runtime's WebGPU kernels need.
 */
export type NetworkMode = 'train' | 'apply' | 'apply-on-cpu';

/** How a transform network is built. */
export interface TransformOptions {
  architecture: Architecture;
  mode: NetworkMode;
}

/** The result of `transform`. */
export interface Transformed {
  /** `[N, 3, H, W]`, RGB 0..255, not clipped. */
  image: Tensor;
  /** New running statistics of the batch norms by parameter name, when training `paper`. */
  running: Map<string, Tensor>;
}

/** Added to variances by instance norms. */
export const INSTANCE_EPSILON = { source: 1e-9, modern: 1e-5, lengstrom: 1e-3 } as const;
const BATCH_EPSILON = 1e-5;
/** Share of the new batch in the running statistics, as in PyTorch. */
const MOMENTUM = 0.1;

/**
 * A transform network: pictures `[N, 3, H, W]` (RGB 0..255, H and W as `INPUT_RULES` says) to stylised pictures of the
 * same size.
 *
 * @param parameters the tensors named by `parameterSpecs`
 */
export function transform(
  image: Tensor,
  parameters: ReadonlyMap<string, Tensor>,
  options: TransformOptions,
): Transformed {
  const layers = layersOf(parameters, options);
  const networks = { source, paper, modern, lengstrom };
  return { image: networks[options.architecture](image, layers), running: layers.running };
}

/** The layers of a network, bound to its parameters. */
export interface Layers {
  parameter(name: string): Tensor;
  norm(x: Tensor, name: string): Tensor;
  running: Map<string, Tensor>;
}

/** Binds the layers of an architecture to parameters. */
export function layersOf(
  parameters: ReadonlyMap<string, Tensor>,
  { architecture, mode }: TransformOptions,
): Layers {
  const running = new Map<string, Tensor>();
  const parameter = (name: string): Tensor => {
    const tensor = parameters.get(name);
    if (!tensor) throw new Error(`transform: the parameter ${name} is missing`);
    return tensor;
  };
  const form = ({ train: 'composed', apply: 'fused', 'apply-on-cpu': 'plain' } as const)[mode];
  const instance = (x: Tensor, epsilon: number, affine?: { scale: Tensor; shift: Tensor }) =>
    instanceNorm(x, { epsilon, ...affine, form });
  const norm = (x: Tensor, name: string): Tensor => {
    if (architecture === 'source') return instance(x, INSTANCE_EPSILON.source);
    const affine = { scale: parameter(`${name}.scale`), shift: parameter(`${name}.shift`) };
    if (architecture !== 'paper') return instance(x, INSTANCE_EPSILON[architecture], affine);
    const [mean, variance] = [parameter(`${name}.mean`), parameter(`${name}.var`)];
    if (mode !== 'train') return batchNormInference(x, { ...affine, mean, variance, epsilon: BATCH_EPSILON });
    const batch = batchNorm(x, { ...affine, epsilon: BATCH_EPSILON });
    // PyTorch keeps the unbiased variance.
    const [n, , h, w] = x.shape as [number, number, number, number];
    const unbiased = (n * h * w) / Math.max(n * h * w - 1, 1);
    const average = (old: Tensor, now: Tensor, factor: number) =>
      add(scale(old, 1 - MOMENTUM), scale(now, MOMENTUM * factor));
    running.set(`${name}.mean`, average(mean, batch.mean, 1));
    running.set(`${name}.var`, average(variance, batch.variance, unbiased));
    return batch.y;
  };
  return { parameter, norm, running };
}

const BLOCKS = [1, 2, 3, 4, 5];

/**
 * hzy46/fast-neural-style-tensorflow: reflection everywhere, residual blocks without normalisation, tanh after a norm.
 */
function source(image: Tensor, { parameter, norm }: Layers): Tensor {
  const conv = (t: Tensor, name: string, k: number, stride = 1) =>
    conv2d(reflectPad(t, allSides((k - 1) / 2)), parameter(`${name}.weight`), { stride });
  let y = reflectPad(subtractMeans(image), allSides(10));
  y = relu(norm(conv(y, 'down1.conv', 9), 'down1.norm'));
  y = relu(norm(conv(y, 'down2.conv', 3, 2), 'down2.norm'));
  y = relu(norm(conv(y, 'down3.conv', 3, 2), 'down3.norm'));
  for (const i of BLOCKS) y = add(y, conv(relu(conv(y, `res${i}.conv1`, 3)), `res${i}.conv2`, 3));
  y = relu(norm(upsampleStridedConv(y, parameter('up1.conv.weight')), 'up1.norm'));
  y = relu(norm(upsampleStridedConv(y, parameter('up2.conv.weight')), 'up2.norm'));
  y = norm(blockConv(reflectPad(y, allSides(4)), parameter('out.conv.weight')), 'out.norm');
  return crop(toPixels(tanh(y)), allSides(10));
}

/**
 * Johnson et al. 2016, supplement: 40 pixels of reflection, unpadded residual blocks, batch norm, fractional strides.
 */
function paper(image: Tensor, { parameter, norm }: Layers): Tensor {
  const conv = (t: Tensor, name: string, pad: number, stride = 1) =>
    conv2d(t, parameter(`${name}.weight`), { pad, stride });
  const up = (t: Tensor, name: string) =>
    convTranspose2d(t, parameter(`${name}.weight`), { stride: 2, pad: 1, outputPad: 1 });
  let y = reflectPad(subtractMeans(image), allSides(40));
  y = relu(norm(conv(y, 'down1.conv', 4), 'down1.norm'));
  y = relu(norm(conv(y, 'down2.conv', 1, 2), 'down2.norm'));
  y = relu(norm(conv(y, 'down3.conv', 1, 2), 'down3.norm'));
  for (const i of BLOCKS) {
    const first = relu(norm(conv(y, `res${i}.conv1`, 0), `res${i}.norm1`));
    const second = norm(conv(first, `res${i}.conv2`, 0), `res${i}.norm2`);
    y = add(crop(y, allSides(2)), second);
  }
  y = relu(norm(up(y, 'up1.conv'), 'up1.norm'));
  y = relu(norm(up(y, 'up2.conv'), 'up2.norm'));
  y = conv2d(y, parameter('out.conv.weight'), { pad: 4, bias: parameter('out.conv.bias') });
  return toPixels(tanh(y));
}

/** Affine instance norm everywhere, nearest upsampling, linear output around the means. */
function modern(image: Tensor, { parameter, norm }: Layers): Tensor {
  const conv = (t: Tensor, name: string, k: number, stride = 1) =>
    conv2d(reflectPad(t, allSides((k - 1) / 2)), parameter(`${name}.weight`), { stride });
  let y = relu(norm(conv(subtractMeans(image), 'down1.conv', 9), 'down1.norm'));
  y = relu(norm(conv(y, 'down2.conv', 3, 2), 'down2.norm'));
  y = relu(norm(conv(y, 'down3.conv', 3, 2), 'down3.norm'));
  for (const i of BLOCKS) {
    const first = relu(norm(conv(y, `res${i}.conv1`, 3), `res${i}.norm1`));
    y = add(y, norm(conv(first, `res${i}.conv2`, 3), `res${i}.norm2`));
  }
  y = relu(norm(upsampleConv(y, parameter('up1.conv.weight')), 'up1.norm'));
  y = relu(norm(upsampleConv(y, parameter('up2.conv.weight')), 'up2.norm'));
  y = blockConv(reflectPad(y, allSides(4)), parameter('out.conv.weight'), parameter('out.conv.bias'));
  return addMeans(y);
}

/**
 * lengstrom/fast-style-transfer: zeros around, as TensorFlow's SAME puts them, fractional strides, affine instance norm
 * after the last convolution too, 150 tanh + 127.5. The picture goes in as it is: with zeros around it, subtracting
 * means would change the result.
 */
function lengstrom(image: Tensor, { parameter, norm }: Layers): Tensor {
  // SAME at stride 2 looks one pixel beyond the bottom and the right, and beyond the top or the left where the side is
  // odd.
  const after = { top: 0, left: 0, bottom: 1, right: 1 };
  const conv = (t: Tensor, name: string) => conv2d(t, parameter(`${name}.weight`), { pad: 1 });
  const down = (t: Tensor, i: number) =>
    conv2d(zerosToEven(t, [`h${i}`, `w${i}`]), parameter(`down${i}.conv.weight`), { pad: after, stride: 2 });
  const up = (t: Tensor, name: string) =>
    crop(convTranspose2d(t, parameter(`${name}.weight`), { stride: 2 }), after);
  let y = conv2d(image, parameter('down1.conv.weight'), { pad: 4 });
  y = relu(norm(y, 'down1.norm'));
  y = relu(norm(down(y, 2), 'down2.norm'));
  y = relu(norm(down(y, 3), 'down3.norm'));
  for (const i of BLOCKS) {
    const first = relu(norm(conv(y, `res${i}.conv1`), `res${i}.norm1`));
    y = add(y, norm(conv(first, `res${i}.conv2`), `res${i}.norm2`));
  }
  y = relu(norm(up(y, 'up1.conv'), 'up1.norm'));
  y = relu(norm(up(y, 'up2.conv'), 'up2.norm'));
  y = norm(blockConv(zeroPad(y, allSides(4)), parameter('out.conv.weight')), 'out.norm');
  // TensorFlow's result is larger where a side is no multiple of 4, and moved by as much: the rows at its end are those
  // of the picture.
  return lastRowsAndColumns(add(scale(tanh(y), 150), y.graph.scalar(127.5)), image);
}

/** -1..1 to 0..255: (y + 1) * 127.5. */
export function toPixels(y: Tensor): Tensor {
  const g = y.graph;
  return scale(add(y, g.scalar(1)), 127.5);
}
