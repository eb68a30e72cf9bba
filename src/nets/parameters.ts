import { normalValues, uniformValues } from '../core/random.js';
import type { FloatTensor } from '../core/safetensors.js';
import { type Architecture, channels } from './architecture.js';

/** One parameter of a network. */
export interface ParameterSpec {
  name: string;
  shape: number[];
  /**
   * How it starts, and whether training changes it (running statistics are averages, not trained). `rows` and
   * `identity` belong to networks of many paintings: see rows.ts.
   */
  role: 'weight' | 'bias' | 'scale' | 'shift' | 'mean' | 'variance' | 'rows' | 'identity';
  /** Where it stands: in the output layer, in a norm before it, in the other layers, or in a table of paintings. */
  group: 'output' | 'norm' | 'inner' | 'paintings';
  /**
   * True when it is the kernel of a transposed convolution, `[Cin, Cout, k, k]`; the others are `[Cout, Cin, k, k]`.
   */
  transposed?: boolean;
  /** Inputs of one output value, for the initial weights. */
  fanIn: number;
}

/**
 * The parameters of a transform network in the order of the network: `down1..3.conv.weight`, `res1..5.conv1.weight`,
 * ..., `up1..2`, `out`. Convolutions `[Cout, Cin, k, k]` (transposed ones of `paper` and `lengstrom`: `[Cin, Cout, k,
 * k]`), norms `[C]`.
 *
 * @param paintings 0 for a network of one painting; otherwise (`modern` only) everything that belongs to one painting
 *   is a row of `rows` `[paintings, R]`, and the row that gives the photo back is `identity` `[R]`
 */
export function parameterSpecs(architecture: Architecture, width: number, paintings = 0): ParameterSpec[] {
  const specs = ownSpecs(architecture, width);
  if (paintings === 0) return specs;
  const length = specs.filter(isPerPainting).reduce((sum, { shape }) => sum + shape[0]!, 0);
  return [
    ...specs.filter((spec) => !isPerPainting(spec)),
    { name: 'rows', shape: [paintings, length], role: 'rows', group: 'paintings', fanIn: 1 },
    { name: 'identity', shape: [length], role: 'identity', group: 'paintings', fanIn: 1 },
  ];
}

/**
 * Tells whether each painting of a network of many has a parameter like this of its own: the norms' scales and shifts
 * and the output's bias.
 */
export function isPerPainting({ role }: ParameterSpec): boolean {
  return role === 'scale' || role === 'shift' || role === 'bias';
}

/** Where a layer stands: before the output, or as the output. */
interface LayerPlace {
  /** True when it belongs to the output layer. */
  output?: boolean;
}

/**
 * The kernel of a convolution from `from` to `to` channels, `[to, from, k, k]`, or `[from, to, k, k]` where it is
 * transposed.
 */
export function kernelSpec(
  name: string,
  to: number,
  from: number,
  k: number,
  { output = false, transposed = false }: LayerPlace & { transposed?: boolean } = {},
): ParameterSpec {
  return {
    name: `${name}.weight`,
    shape: transposed ? [from, to, k, k] : [to, from, k, k],
    role: 'weight',
    group: output ? 'output' : 'inner',
    ...(transposed && { transposed }),
    fanIn: from * k * k,
  };
}

/** The parameters of a norm over `channels` channels; a batch norm has running statistics. */
export function normSpecs(
  name: string,
  channels: number,
  { output = false, batch }: LayerPlace & { batch: boolean },
): ParameterSpec[] {
  const own: [string, ParameterSpec['role']][] = [
    ['scale', 'scale'],
    ['shift', 'shift'],
  ];
  const running: typeof own = [
    ['mean', 'mean'],
    ['var', 'variance'],
  ];
  return [...own, ...(batch ? running : [])].map(([part, role]) => ({
    name: `${name}.${part}`,
    shape: [channels],
    role,
    group: output ? 'output' : 'norm',
    fanIn: channels,
  }));
}

function ownSpecs(architecture: Architecture, width: number): ParameterSpec[] {
  const [c1, c2, c3] = channels(width);
  const specs: ParameterSpec[] = [];
  const transposed = architecture === 'paper' || architecture === 'lengstrom';
  const conv = (
    name: string,
    to: number,
    from: number,
    k: number,
    how: { output?: true; transposed?: boolean } = {},
  ) => specs.push(kernelSpec(name, to, from, k, how));
  const norm = (name: string, c: number, how: { output?: true } = {}) => {
    if (architecture !== 'source')
      specs.push(...normSpecs(name, c, { ...how, batch: architecture === 'paper' }));
  };
  conv('down1.conv', c1, 3, 9);
  norm('down1.norm', c1);
  conv('down2.conv', c2, c1, 3);
  norm('down2.norm', c2);
  conv('down3.conv', c3, c2, 3);
  norm('down3.norm', c3);
  for (let i = 1; i <= 5; i++) {
    for (const k of [1, 2]) {
      conv(`res${i}.conv${k}`, c3, c3, 3);
      // The source's residual blocks have no normalisation; the other architectures' have.
      norm(`res${i}.norm${k}`, c3);
    }
  }
  conv('up1.conv', c2, c3, 3, { transposed });
  norm('up1.norm', c2);
  conv('up2.conv', c1, c2, 3, { transposed });
  norm('up2.norm', c1);
  conv('out.conv', 3, c1, 9, { output: true });
  if (architecture === 'lengstrom') norm('out.norm', 3, { output: true });
  else if (architecture !== 'source')
    specs.push({ name: 'out.conv.bias', shape: [3], role: 'bias', group: 'output', fanIn: c1 * 81 });
  return specs;
}

/** Tells whether training changes the parameter by its gradient. */
export function isTrained(spec: ParameterSpec): boolean {
  return spec.role !== 'mean' && spec.role !== 'variance' && spec.role !== 'identity';
}

/** How much larger than the others' the output weights of `modern` start: its output is in pixels, not normalised. */
const OUTPUT_GAIN = 8;

/**
 * Random starting values: for `source` and `lengstrom` their own, a truncated normal with sigma 0.1; for the others
 * uniform in +-1/sqrt(fan in) (the output convolution of `modern`: eight times that). Scales and variances start at 1,
 * shifts, biases and means at 0; so do all rows of a network of many paintings.
 */
export function initialParameters(
  architecture: Architecture,
  width: number,
  seed: number,
  paintings = 0,
): Map<string, FloatTensor> {
  const single = initialSingle(architecture, width, seed);
  if (paintings === 0) return single;
  const specs = parameterSpecs(architecture, width, paintings);
  const values = new Map<string, FloatTensor>();
  for (const { name, shape, role } of specs) {
    if (role === 'identity') continue;
    values.set(
      name,
      role === 'rows'
        ? { shape, data: repeatedRow(architecture, width, single, paintings) }
        : single.get(name)!,
    );
  }
  return values;
}

function repeatedRow(
  architecture: Architecture,
  width: number,
  parameters: ReadonlyMap<string, FloatTensor>,
  paintings: number,
): Float32Array {
  const row = ownSpecs(architecture, width)
    .filter(isPerPainting)
    .flatMap(({ name }) => [...parameters.get(name)!.data]);
  return Float32Array.from({ length: paintings * row.length }, (_, i) => row[i % row.length]!);
}

function initialSingle(architecture: Architecture, width: number, seed: number): Map<string, FloatTensor> {
  const values = new Map<string, FloatTensor>();
  ownSpecs(architecture, width).forEach(({ name, shape, role, group, fanIn }, i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const own = seed * 1000 + i;
    let data: Float32Array;
    if (role === 'scale' || role === 'variance') data = new Float32Array(size).fill(1);
    else if (role !== 'weight') data = new Float32Array(size);
    else if (architecture === 'source' || architecture === 'lengstrom')
      data = normalValues(size, own, 0.1, { truncated: true });
    else {
      const gain = architecture === 'modern' && group === 'output' ? OUTPUT_GAIN : 1;
      data = uniformValues(size, own, gain / Math.sqrt(fanIn));
    }
    values.set(name, { shape, data });
  });
  return values;
}
