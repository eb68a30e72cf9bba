import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toPlanes } from '../../src/core/planes.js';
import { centreCrop } from '../../src/core/rectangles.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { decodeStyle } from '../../src/files/style-file.js';
import { vggNetwork } from '../../src/nets/vgg.js';
import { listPhotos } from '../../src/node/media/folder.js';
import { decodeImage, resizeShorterSide } from '../../src/node/media/image.js';
import { openSession } from '../../src/node/session.js';
import { readStyleFile, shippedStyles } from '../../src/node/shipped.js';
import { openPhotoObjective } from '../../src/optimize/photo-objective.js';
import { lossWeights, trainingConfig } from '../../src/train/config.js';
import { dataDir, requireData } from '../data.js';

/**
 * Painting of each shipped style, and the share of the untouched photo's objective that its pictures may have: a tenth
 * more than they had when it was made.
 */
const SHIPPED = {
  'composition-32': { painting: 'composition_vii.jpg', limit: 0.068 },
  composition: { painting: 'composition_vii.jpg', limit: 0.182 },
  delaunay: { painting: 'delaunay_portrait_metzinger_1906.jpg', limit: 0.225 },
  matisse: { painting: 'woman-with-hat-matisse.jpg', limit: 0.167 },
  scream: { painting: 'the_scream.jpg', limit: 0.168 },
  seurat: { painting: 'seurat_sunday.jpg', limit: 0.093 },
  shipwreck: { painting: 'the_shipwreck_of_the_minotaur.jpg', limit: 0.064 },
  'starry-32': { painting: 'starry_night.jpg', limit: 0.059 },
  starry: { painting: 'starry_night.jpg', limit: 0.643 },
  sunflowers: { painting: 'vangogh_sunflowers.jpg', limit: 0.072 },
  udnie: { painting: 'udnie.jpg', limit: 0.116 },
  'wave-32': { painting: 'wave.jpg', limit: 0.196 },
  wave: { painting: 'wave.jpg', limit: 0.157 },
  wheatfield: { painting: 'vangogh_wheatfield_with_crows.jpg', limit: 0.239 },
};

test('every shipped style is a style file of ours that names its licence', async () => {
  const names = await shippedStyles();
  expect(names).toEqual(expect.arrayContaining(Object.keys(SHIPPED)));
  for (const name of names) {
    const { bytes, label } = await readStyleFile(name);
    const { info } = decodeStyle(bytes, label);
    expect(info.name).toBe(name);
    expect(info.licence).toContain('CC BY 4.0');
    expect(info.steps).toBeGreaterThan(500);
  }
});

describe.runIf(requireData('objective of the shipped styles'))('on photos they were not trained on', () => {
  const square = async (path: string, side: number) =>
    toPlanes(await centreCrop(await resizeShorterSide(await decodeImage(path), side), side, side)).data;

  test.each(Object.entries(SHIPPED))('%s reaches its objective', async (name, { painting, limit }) => {
    const { bytes, label } = await readStyleFile(name);
    const config = trainingConfig(JSON.parse(decodeStyle(bytes, label).info.config));
    const { size, styleSize } = config;
    const weights = readFileSync(join(dataDir!, 'weights', 'vgg19-conv1_1-conv5_1.safetensors'));
    const session = { device: 'cpu' } as const;
    const lossNetwork = vggNetwork('vgg19', readSafetensors(new Uint8Array(weights)).tensors);
    const target = await square(join(dataDir!, 'styles', painting), styleSize);
    const objective = await openPhotoObjective({
      ...{ lossNetwork, openSession, session, weights: lossWeights(config) },
      style: { width: styleSize, height: styleSize, data: target },
      width: size,
      height: size,
    });
    const style = await openSession(bytes, session);
    const photos = (await listPhotos(join(dataDir!, 'photos', 'test'))).filter((_, i) => i % 7 === 0);
    expect(photos).toHaveLength(3);
    let sum = 0;
    for (const path of photos) {
      const photo = await square(path, size);
      const { stylized } = await style.run({
        image: { dtype: 'float32', shape: [1, 3, size, size], data: photo },
      });
      const own = await objective.values(stylized!.data as Float32Array, photo);
      sum += own.picture / own.photo;
    }
    await objective.close();
    await style.close();
    expect(sum / photos.length).toBeLessThanOrEqual(limit);
  });
});
