import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toPlanes } from '../../src/core/planes.js';
import { centreCrop } from '../../src/core/rectangles.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { decodeStyle } from '../../src/files/style-file.js';
import { vggNetwork } from '../../src/nets/vgg.js';
import { listPhotos } from '../../src/node/media/folder.js';
import { decodeImage, type Image, resizeShorterSide } from '../../src/node/media/image.js';
import { openSession } from '../../src/node/session.js';
import { readStyleFile } from '../../src/node/shipped.js';
import { loadStyle } from '../../src/node/styles.js';
import { openPictureObjective } from '../../src/optimize/pixel-objective.js';
import { lossWeights, trainingConfig } from '../../src/train/config.js';
import { dataDir, requireData } from '../data.js';

const SIDE = 192;

async function square(path: string, side: number): Promise<Image> {
  return centreCrop(await resizeShorterSide(await decodeImage(path), side), side, side);
}

test('the shipped network of many paintings gives a photo back at strength 0, at 30 dB or better', async () => {
  const stylizer = await loadStyle('many', { device: 'cpu' });
  expect(stylizer.paintings!.length).toBeGreaterThanOrEqual(8);
  const photo = await square(new URL('../../examples/harbour.jpg', import.meta.url).pathname, SIDE);
  const mix = { [stylizer.paintings![0]!]: 1 };
  const { data } = await stylizer.stylize(photo, { mix, strength: 0 });
  await stylizer.close();
  const error = data.reduce((sum, v, i) => sum + (v - photo.data[i]!) ** 2, 0) / data.length;
  expect(10 * Math.log10(255 ** 2 / error)).toBeGreaterThan(30);
});

describe.runIf(requireData('the shipped network of many paintings'))(
  'on photos it was not trained on',
  () => {
    const paintings = { starry: 'starry_night.jpg', composition: 'composition_vii.jpg' };

    test('each painting is near to its own, and half of both is nearer to either than the other is', async () => {
      const { bytes, label } = await readStyleFile('many');
      const config = trainingConfig(JSON.parse(decodeStyle(bytes, label).info.config));
      const weights = readFileSync(join(dataDir!, 'weights', 'vgg19-conv1_1-conv5_1.safetensors'));
      const lossNetwork = vggNetwork('vgg19', readSafetensors(new Uint8Array(weights)).tensors);
      const session = { device: 'cpu' } as const;
      const stylizer = await loadStyle('many', session);
      const photos = await listPhotos(join(dataDir!, 'photos', 'test'));
      const photo = await square(photos[7]!, SIDE);
      const pictures = {
        starry: await stylizer.stylize(photo, { mix: { starry: 1 } }),
        composition: await stylizer.stylize(photo, { mix: { composition: 1 } }),
        both: await stylizer.stylize(photo, { mix: { starry: 1, composition: 1 } }),
      };
      await stylizer.close();
      for (const [name, file] of Object.entries(paintings)) {
        const { styleSize } = config;
        const style = toPlanes(await square(join(dataDir!, 'styles', file), styleSize)).data;
        const objective = await openPictureObjective({
          // Only the style counts here.
          weights: lossWeights({ ...config, contentWeight: 0, tvWeight: 0 }),
          style: { width: styleSize, height: styleSize, data: style },
          height: SIDE,
          width: SIDE,
          lossNetwork,
          openSession,
          session,
        });
        const of = (picture: Image) => objective.value(toPlanes(picture).data);
        const own = await of(pictures[name as keyof typeof paintings]);
        const other = await of(pictures[name === 'starry' ? 'composition' : 'starry']);
        const both = await of(pictures.both);
        const untouched = await of(photo);
        await objective.close();
        expect(own).toBeLessThan(0.1 * untouched);
        expect(both).toBeGreaterThan(own);
        expect(both).toBeLessThan(0.7 * other);
      }
    });
  },
);
