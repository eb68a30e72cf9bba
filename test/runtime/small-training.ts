import type { FloatTensor } from '../../src/core/safetensors.js';
import type { Architecture } from '../../src/nets/architecture.js';
import { vggNetwork } from '../../src/nets/vgg.js';
import type { OpenSession, SessionOptions } from '../../src/runtime/session.js';
import { TRAINING_DEFAULTS, type TrainingConfig, trainingConfig } from '../../src/train/config.js';
import { openStyleTrainer } from '../../src/train/style-trainer.js';
import type { StepLosses } from '../../src/train/trainer.js';
import { goldenParameter, goldenPictures, goldenPixels } from '../golden/values.js';

/** The first two stages of VGG16 with made-up weights: enough for losses up to relu2_2. */
export function smallVgg(): Map<string, FloatTensor> {
  const weights = new Map<string, FloatTensor>();
  const sizes: [string, number, number][] = [
    ['conv1_1', 3, 64],
    ['conv1_2', 64, 64],
    ['conv2_1', 64, 128],
    ['conv2_2', 128, 128],
  ];
  sizes.forEach(([name, from, to], i) => {
    const shapes = { weight: [to, from, 3, 3], bias: [to] };
    for (const [part, shape] of Object.entries(shapes)) {
      const data = goldenParameter(`${name}.${part}`, shape, 50 + i);
      weights.set(`${name}.${part}`, { shape, data });
    }
  });
  return weights;
}

/** The size of a small training. */
export interface SmallTraining {
  architecture: Architecture;
  /** Side of the pictures. */
  size: number;
  batch: number;
  stabilityWeight?: number;
}

/** The losses of the code released with the paper, without a margin: batches are as wide as `size`. */
export const PLAIN = { normalisation: 'paper', margin: 0, styleWeight: 8, tvWeight: 1e-5 } as const;

/** A training of width 4 that even software Vulkan can do. */
function smallConfig(training: SmallTraining): TrainingConfig {
  return trainingConfig({
    ...PLAIN,
    ...training,
    styleSize: training.size,
    name: 'small',
    width: 4,
    steps: 2,
    contentLayers: ['relu2_2'],
    styleLayers: ['relu1_2', 'relu2_2'],
    learningRate: 1e-3,
    seed: 3,
  });
}

/**
 * Some steps of the small training: the losses of each, and the parameters after the last. One shows all of a step (its
 * losses and what it changes), and software Vulkan takes up to 15 seconds for it.
 */
export async function someSteps(
  openSession: OpenSession,
  training: SmallTraining,
  session: SessionOptions,
  steps = 1,
): Promise<{ device: string; losses: StepLosses[]; parameters: Map<string, FloatTensor> }> {
  const config = smallConfig(training);
  const { batch, size, styleSize } = config;
  const style = { width: styleSize, height: styleSize, data: goldenPixels(3 * styleSize * styleSize, 1) };
  const trainer = await openStyleTrainer({
    openSession,
    config,
    style,
    lossNetwork: vggNetwork('vgg16', smallVgg()),
    session,
  });
  try {
    const losses: StepLosses[] = [];
    for (let step = 1; step <= steps; step++) {
      const content = goldenPictures([batch, 3, size, size], 10 + step);
      losses.push((await trainer.step(content, step / steps)).losses);
    }
    return { device: trainer.device, losses, parameters: await trainer.parameters() };
  } finally {
    await trainer.close();
  }
}

/** The largest difference of two runs' losses, relative to the first's. */
export function lossDifference(expected: StepLosses[], actual: StepLosses[]): number {
  const relative = expected.flatMap((losses, step) =>
    Object.entries(losses).map(([name, loss]) => {
      const other = actual[step]?.[name];
      return other === undefined ? Number.POSITIVE_INFINITY : Math.abs(other - loss) / Math.abs(loss);
    }),
  );
  return Math.max(...relative);
}

/** The mean difference of two runs' parameters, in steps of Adam's learning rate. */
export function parameterDifference(
  expected: ReadonlyMap<string, FloatTensor>,
  actual: ReadonlyMap<string, FloatTensor>,
): number {
  let [sum, count] = [0, 0];
  for (const [name, { data }] of expected) {
    const other = actual.get(name)!.data;
    data.forEach((v, i) => {
      sum += Math.abs(v - other[i]!);
    });
    count += data.length;
  }
  return sum / count / TRAINING_DEFAULTS.modern.learningRate;
}
