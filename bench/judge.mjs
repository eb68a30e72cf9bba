// How near a network's pictures are to a painting: the objective of held-out photos.

import {
  decodeImage,
  losses,
  lossWeights,
  openPictureObjective,
  openSession,
  toPlanes,
} from '../dist/api/node.js';
import { centreCrop, flattenOverWhite, resizeShorterSide } from '../dist/node/media/image.js';

/** The central square of a picture as planes, `[3, side, side]`, RGB 0..255. */
export async function square(path, side) {
  const image = await resizeShorterSide(flattenOverWhite(await decodeImage(path)), side);
  return { width: side, height: side, data: toPlanes(await centreCrop(image, side, side)).data };
}

/**
 * Judges networks by a training configuration's objective on the central squares of photos.
 *
 * @param painting the path of the style picture; seen at the configuration's style size
 * @param photos paths
 * @returns `of(bytes)`: for each photo its own objective and that of its picture; of a style file's bytes
 */
export async function openJudge({ config, painting, photos, size = config.size, lossNetwork, session }) {
  const weights = lossWeights(config);
  const common = { lossNetwork, openSession, session };
  const layers = weights.style.map(({ layer }) => layer);
  const style = await losses.styleTargets(await square(painting, config.styleSize), layers, common);
  // One objective at a time: each holds the loss network once more.
  const judge = async (content, pictures) => {
    const objective = await openPictureObjective({
      ...common,
      weights,
      style,
      content,
      width: size,
      height: size,
    });
    const values = [];
    for (const picture of pictures) values.push(await objective.value(picture));
    await objective.close();
    return values;
  };
  const judged = [];
  for (const path of photos) judged.push({ path, data: (await square(path, size)).data });
  return {
    async of(bytes) {
      const network = await openSession(bytes, session);
      const results = [];
      for (const { path, data } of judged) {
        const { stylized } = await network.run({
          image: { dtype: 'float32', shape: [1, 3, size, size], data },
        });
        const [before, after] = await judge(data, [data, stylized.data]);
        results.push({ path, before, after });
      }
      await network.close();
      return results;
    },
    close: async () => {},
  };
}

/** The mean of the objectives of pictures as shares of their photos' own. 1 would be a network that changes nothing. */
export function meanRatio(results) {
  return results.reduce((sum, { before, after }) => sum + after / before, 0) / results.length;
}
