/**
 * How near a stylised picture is to its photo (content) and to its painting (style), by features of VGG19. Both are
 * shares, so that networks of different trainings compare, and neither is the loss that any of them was trained with.
 */
import type { Planes } from '../core/planes.js';
import type { FloatTensor } from '../core/tensor.js';
import { Graph, toModel } from '../graph/index.js';
import { gramMatrix } from '../losses/style.js';
import type { LossNetwork } from '../nets/loss-network.js';
import {
  type HostTensor,
  type OpenSession,
  type Session,
  type SessionOptions,
  willUseGpu,
} from '../runtime/session.js';

/** The layer whose features are the content. */
const CONTENT_LAYER = 'relu3_3';

/** The layers whose Gram matrices are the style. */
const STYLE_LAYERS = ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_2'] as const;

/** Positions of the features at each side that see the zeros beyond the picture, and are left out. */
const BORDER = 2;

/** The Gram matrices `[1, C, C]` of a picture by layer. */
export type Grams = ReadonlyMap<string, FloatTensor>;

/** The features of a picture that content and style are compared by. */
export interface PictureFeatures {
  /** `[1, 256, h / 4, w / 4]` */
  content: FloatTensor;
  grams: Grams;
}

/** Reads features of pictures. A network is opened for each size, and kept for the next picture of the same size. */
export interface FeatureReader {
  /** Of a picture, RGB 0..255. */
  features(picture: Planes): Promise<PictureFeatures>;
  /** Its Gram matrices alone. */
  grams(picture: Planes): Promise<Grams>;
  close(): Promise<void>;
}

/**
 * Opens VGG19 for content and style.
 *
 * @throws FnsError when its weights end before relu4_2.
 */
export function openFeatureReader(
  vgg19: LossNetwork,
  openSession: OpenSession,
  options: SessionOptions,
): FeatureReader {
  const layers = [...new Set([CONTENT_LAYER, ...STYLE_LAYERS])];
  vgg19.requireLayers(layers);
  let opened: { size: string; session: Session } | undefined;

  async function run({ width, height, data }: Planes, fetch: readonly string[]) {
    const shape = [1, 3, height, width];
    if (opened?.size !== shape.join()) {
      await opened?.session.close();
      opened = undefined;
      const graph = new Graph({ gpu: await willUseGpu(openSession, options) });
      const found = vgg19.inGraph(graph).features(graph.input('picture', shape), layers);
      graph.output('content', found.get(CONTENT_LAYER)!);
      for (const layer of STYLE_LAYERS) graph.output(`gram/${layer}`, gramMatrix(found.get(layer)!));
      opened = { size: shape.join(), session: await openSession(toModel(graph), options) };
    }
    return opened.session.run({ picture: { dtype: 'float32', shape, data } }, fetch);
  }

  const names = STYLE_LAYERS.map((layer) => `gram/${layer}`);
  const tensor = ({ shape, data }: HostTensor): FloatTensor => ({
    shape: [...shape],
    data: data as Float32Array,
  });
  const gramsOf = (results: Record<string, HostTensor>): Grams =>
    new Map(STYLE_LAYERS.map((layer) => [layer, tensor(results[`gram/${layer}`]!)]));
  return {
    async features(picture) {
      const results = await run(picture, ['content', ...names]);
      return { content: tensor(results.content!), grams: gramsOf(results) };
    },
    grams: async (picture) => gramsOf(await run(picture, names)),
    close: async () => opened?.session.close(),
  };
}

/**
 * The squared difference of a picture's features from its photo's, over the photo's own mean square: 0 for the photo
 * itself. Two positions at each side are left out.
 *
 * @param picture `[1, C, h, w]`
 * @param photo of the same shape
 * @throws RangeError when the shapes differ, or nothing is left without the border.
 */
export function contentDistance(picture: FloatTensor, photo: FloatTensor): number {
  if (picture.shape.join() !== photo.shape.join()) {
    throw new RangeError(`features [${picture.shape}] cannot be compared with [${photo.shape}]`);
  }
  const [, channels, height, width] = photo.shape as [number, number, number, number];
  if (Math.min(height, width) <= 2 * BORDER) {
    throw new RangeError(`features of ${width}x${height} are nothing without a border of ${BORDER}`);
  }
  let [difference, own] = [0, 0];
  for (let c = 0; c < channels; c++) {
    for (let y = BORDER; y < height - BORDER; y++) {
      const row = (c * height + y) * width;
      for (let i = row + BORDER; i < row + width - BORDER; i++) {
        difference += (picture.data[i]! - photo.data[i]!) ** 2;
        own += photo.data[i]! ** 2;
      }
    }
  }
  return difference / own;
}

/**
 * The squared difference of a picture's Gram matrices from the painting's, over the squared norm of the painting's own,
 * summed over the layers: 0 for the painting itself.
 */
export function styleDistance(picture: Grams, painting: Grams): number {
  let total = 0;
  for (const [layer, { data: wanted }] of painting) {
    const { data } = picture.get(layer)!;
    let [difference, own] = [0, 0];
    for (let i = 0; i < wanted.length; i++) {
      difference += (data[i]! - wanted[i]!) ** 2;
      own += wanted[i]! ** 2;
    }
    total += difference / own;
  }
  return total;
}
