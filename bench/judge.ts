/** How near a network's pictures are to a painting: the objective of held-out photos. */
import {
  decodeImage,
  flattenOverWhite,
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
  close(): Promise<void>;
}

/** Opens a judge of networks by a training's objective on the central squares of photos. */
export async function openJudge(options: JudgeOptions): Promise<Judge> {
  const { config, painting, photos, size = config.size, lossNetwork, session } = options;
  const weights = training.lossWeights(config);
  const common = { lossNetwork, openSession, session };
  const style = await square(painting, config.styleSize);
  const objective = await optimisation.openPhotoObjective({
    ...common,
    weights,
    style,
    width: size,
    height: size,
  });
  const squares = await Promise.all(
    photos.map(async (path) => ({ path, photo: (await square(path, size)).data })),
  );
  return {
    async of(bytes) {
      const network = await openSession(bytes, session);
      const judgements: Judgement[] = [];
      try {
        for (const { path, photo } of squares) {
          const image = { dtype: 'float32', shape: [1, 3, size, size], data: photo } as const;
          const { stylized } = await network.run({ image });
          const found = await objective.values(stylized!.data as Float32Array, photo);
          judgements.push({ path, before: found.photo, after: found.picture });
        }
      } finally {
        await network.close();
      }
      return judgements;
    },
    close: () => objective.close(),
  };
}

/** The mean of the objectives of pictures as shares of their photos' own. 1 would be a network that changes nothing. */
export function meanRatio(judgements: readonly Judgement[]): number {
  return judgements.reduce((sum, { before, after }) => sum + after / before, 0) / judgements.length;
}
