import { enlargementKernels } from '../core/bicubic.js';
import { uniformValues } from '../core/random.js';
import type { FloatTensor } from '../core/safetensors.js';
import {
  add,
  allSides,
  conv2d,
  convTranspose2d,
  depthToSpace,
  edgePad,
  relu,
  scale,
  sub,
  type Tensor,
  tanh,
} from '../graph/index.js';
import { kernelSpec, normSpecs, type ParameterSpec } from './parameters.js';
import { layersOf, type NetworkMode, type Transformed, toPixels } from './transform.js';
import { subtractMeans } from './vgg.js';

/** The super-resolution networks: the paper's, and one that adds to the bicubic picture. */
export type UpscaleArchitecture = 'paper' | 'modern';

/** All of them, for checking what a user typed. */
export const UPSCALE_ARCHITECTURES: readonly UpscaleArchitecture[] = ['paper', 'modern'];

/** The factors that networks enlarge by. */
export const UPSCALE_FACTORS = [2, 4, 8] as const;

/** A super-resolution network's form. */
export interface UpscaleNetwork {
  architecture: UpscaleArchitecture;
  /** 2, 4 or 8. */
  factor: number;
  /** Channels inside. The paper has 64. */
  width: number;
  /**
   * Residual blocks. The paper has 4; `modern` has 8 for the same arithmetic, since it computes everything at the small
   * size.
   */
  blocks: number;
}

/** Residual blocks of each network by default. */
export const UPSCALE_BLOCKS: Record<UpscaleArchitecture, number> = { paper: 4, modern: 8 };

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/**
 * The parameters in the order of the network: `head`, `block1.conv1`, ..., `body` (modern) or `up1`, ... (paper),
 * `out`.
 */
export function upscaleSpecs({ architecture, factor, width, blocks }: UpscaleNetwork): ParameterSpec[] {
  const specs: ParameterSpec[] = [];
  const isPaper = architecture === 'paper';
  const conv = (
    name: string,
    to: number,
    from: number,
    k: number,
    { output = false, transposed = false, bias = !isPaper } = {},
  ) => {
    const kernel = kernelSpec(name, to, from, k, { output, transposed });
    specs.push(kernel);
    const { group, fanIn } = kernel;
    if (bias) specs.push({ name: `${name}.bias`, shape: [to], role: 'bias', group, fanIn });
  };
  const norm = (name: string) => {
    if (isPaper) specs.push(...normSpecs(name, width, { batch: true }));
  };
  conv('head.conv', width, 3, isPaper ? 9 : 3);
  norm('head.norm');
  for (const i of numbers(blocks)) {
    for (const k of [1, 2]) {
      conv(`block${i}.conv${k}`, width, width, 3);
      norm(`block${i}.norm${k}`);
    }
  }
  if (!isPaper) {
    conv('body.conv', width, width, 3);
    conv('out.conv', 3 * factor * factor, width, 3, { output: true });
    return specs;
  }
  for (const i of numbers(Math.log2(factor))) {
    conv(`up${i}.conv`, width, width, 3, { transposed: true });
    norm(`up${i}.norm`);
  }
  conv('out.conv', 3, width, 9, { output: true, bias: true });
  return specs;
}

/** The share of the output weights that `modern` starts with: its pictures are the bicubic ones at first. */
const OUTPUT_GAIN = 0.1;

/** Random starting values: weights uniform in +-1/sqrt(fan in), scales and variances 1, the others 0. */
export function initialUpscaleParameters(network: UpscaleNetwork, seed: number): Map<string, FloatTensor> {
  return new Map(
    upscaleSpecs(network).map(({ name, shape, role, group, fanIn }, i) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const gain = network.architecture === 'modern' && group === 'output' ? OUTPUT_GAIN : 1;
      const data =
        role === 'weight'
          ? uniformValues(size, seed * 1000 + i, gain / Math.sqrt(fanIn))
          : new Float32Array(size).fill(role === 'scale' || role === 'variance' ? 1 : 0);
      return [name, { shape, data }];
    }),
  );
}

/**
 * Pixels of the small picture on each side that a pixel of the result depends on. Nothing in these networks looks at
 * the whole picture, so tiles that overlap by this much give the untiled picture.
 */
export function upscaleReach({ architecture, factor, blocks }: UpscaleNetwork): number {
  if (architecture === 'modern') return 2 * blocks + 3;
  // 9x9, the blocks, each transposed convolution one pixel of its own grid, and 4 pixels of the result.
  return 4 + 2 * blocks + Math.log2(factor) + Math.ceil(4 / factor) + 1;
}

/**
 * A super-resolution network: pictures `[N, 3, H, W]` (RGB 0..255) to `[N, 3, f H, f W]`, not clipped, for every H and
 * W.
 *
 * @param parameters the tensors named by `upscaleSpecs`
 */
export function upscale(
  image: Tensor,
  parameters: ReadonlyMap<string, Tensor>,
  network: UpscaleNetwork,
  mode: NetworkMode,
): Transformed {
  const layers = layersOf(parameters, { architecture: 'paper', mode });
  const networks = { paper, modern };
  return { image: networks[network.architecture](image, layers, network), running: layers.running };
}

type Layers = ReturnType<typeof layersOf>;

/** Johnson et al. 2016, supplement: zeros around, batch norm, fractional strides, scaled tanh. */
function paper(image: Tensor, { parameter, norm }: Layers, { factor, blocks }: UpscaleNetwork): Tensor {
  const conv = (t: Tensor, name: string, pad: number) => conv2d(t, parameter(`${name}.weight`), { pad });
  let y = relu(norm(conv(subtractMeans(image), 'head.conv', 4), 'head.norm'));
  for (const i of numbers(blocks)) {
    const first = relu(norm(conv(y, `block${i}.conv1`, 1), `block${i}.norm1`));
    y = add(y, norm(conv(first, `block${i}.conv2`, 1), `block${i}.norm2`));
  }
  for (const i of numbers(Math.log2(factor))) {
    const up = convTranspose2d(y, parameter(`up${i}.conv.weight`), { stride: 2, pad: 1, outputPad: 1 });
    y = relu(norm(up, `up${i}.norm`));
  }
  y = conv2d(y, parameter('out.conv.weight'), { pad: 4, bias: parameter('out.conv.bias') });
  return toPixels(tanh(y));
}

/**
 * Residual blocks without norms at the small size, pixel shuffle, added to the bicubic picture (after Lim et al. 2017,
 * EDSR, and Kim et al. 2016, VDSR). No layer looks at a norm, so brightness and contrast stay those of the picture.
 */
function modern(image: Tensor, { parameter }: Layers, { factor, blocks }: UpscaleNetwork): Tensor {
  const conv = (t: Tensor, name: string) =>
    conv2d(t, parameter(`${name}.weight`), { pad: 1, bias: parameter(`${name}.bias`) });
  const head = conv(scale(sub(image, image.graph.scalar(127.5)), 1 / 127.5), 'head.conv');
  let y = head;
  for (const i of numbers(blocks)) y = add(y, conv(relu(conv(y, `block${i}.conv1`)), `block${i}.conv2`));
  y = add(head, conv(y, 'body.conv'));
  const detail = depthToSpace(conv(y, 'out.conv'), factor);
  return add(bicubic(image, factor), scale(detail, 127.5));
}

/** The bicubic picture, `[N, 3, H, W]` to `[N, 3, f H, f W]`, the last row and column repeated beyond the border. */
export function bicubic(image: Tensor, factor: number): Tensor {
  const single = enlargementKernels(factor);
  const size = single.data.length;
  // A kernel for each colour that passes over the two others.
  const data = new Float32Array(9 * size);
  for (let c = 0; c < 3; c++) {
    for (let phase = 0; phase < factor * factor; phase++) {
      data.set(
        single.data.subarray(phase * 25, (phase + 1) * 25),
        ((c * factor * factor + phase) * 3 + c) * 25,
      );
    }
  }
  const kernels = image.graph.constant(data, [3 * factor * factor, 3, 5, 5]);
  return depthToSpace(conv2d(edgePad(image, allSides(2)), kernels), factor);
}
