/** How near a network's pictures are to a painting: the objective of held-out photos. */
import {
  decodeImage,
  flattenOverWhite,
  losses,
  type nets,
  openSession,
  optimisation,
  pictures,
  resizeShorterSide,
  type SessionOptions,
  training,
} from 'fast-neural-style';

/** The central square of a picture file as planes, `[3, side, side]`, RGB 0..255. */
export async function square(path: string, side: number): Promise<pictures.Planes> {
  const image = await resizeShorterSide(flattenOverWhite(await decodeImage(path)), side);
  return pictures.toPlanes(pictures.centreCrop(image, side, side));
}

/** What a judge judges by. */
export interface JudgeOptions {
  /** The objective is that of this training. */
  config: training.TrainingConfig;
  /** The path of the painting; seen at the configuration's style size. */
  painting: string;
  /** Paths of the photos. */
  photos: readonly string[];
  /** Side of the photos' central squares; that of the training by default. */
  size?: number;
  lossNetwork: nets.LossNetwork;
  session: SessionOptions;
}

/** A photo's own objective and that of its picture. */
export interface Judgement {
  path: string;
  before: number;
  after: number;
}

/** Judges networks. */
export interface Judge {
  /** One judgement for each photo. @param bytes a style file */
  of(bytes: Uint8Array): Promise<Judgement[]>;
}

/** Opens a judge of networks by a training's objective on the central squares of photos. */
export async function openJudge(options: JudgeOptions): Promise<Judge> {
  const { config, painting, photos, size = config.size, lossNetwork, session } = options;
  const weights = training.lossWeights(config);
  const common = { lossNetwork, openSession, session };
  const layers = weights.style.map(({ layer }) => layer);
  const style = await losses.styleTargets(await square(painting, config.styleSize), layers, common);
  const squares = await Promise.all(photos.map(async (path) => ({ path, ...(await square(path, size)) })));
  const ownValues = new Map<string, number>();

  /** The objective of a photo and of its picture. Only one is open at a time: each holds the loss network once more. */
  async function judgement(path: string, photo: Float32Array, picture: Float32Array): Promise<Judgement> {
    const objective = await optimisation.openPictureObjective({
      ...{ ...common, weights, style, content: photo, width: size, height: size },
    });
    try {
      const before = ownValues.get(path) ?? (await objective.value(photo));
      ownValues.set(path, before);
      return { path, before, after: await objective.value(picture) };
    } finally {
      await objective.close();
    }
  }

  return {
    async of(bytes) {
      const network = await openSession(bytes, session);
      const judgements: Judgement[] = [];
      try {
        for (const { path, data } of squares) {
          const image = { dtype: 'float32', shape: [1, 3, size, size], data } as const;
          const { stylized } = await network.run({ image });
          judgements.push(await judgement(path, data, stylized!.data as Float32Array));
        }
      } finally {
        await network.close();
      }
      return judgements;
    },
  };
}

/** The mean of the objectives of pictures as shares of their photos' own. 1 would be a network that changes nothing. */
export function meanRatio(judgements: readonly Judgement[]): number {
  return judgements.reduce((sum, { before, after }) => sum + after / before, 0) / judgements.length;
}
