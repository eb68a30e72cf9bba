import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { uniformValues } from '../src/core/random.js';
import { writeSafetensors } from '../src/core/safetensors.js';
import { vggTensorShapes } from '../src/node/weights/vgg-weights.js';
import { newFolder } from './cli/fns.js';

/** What a small training needs, in a folder of its own. */
export interface Materials {
  folder: string;
  /** Six photos, one in a folder of its own, and a broken one. */
  photos: string;
  painting: string;
  otherPainting: string;
  /** Random VGG16 weights up to conv2_2. */
  weights: string;
  /** Options that name them, and the layers that there are. */
  args: string[];
}

/** A picture of coarse random blocks. */
async function blocks(path: string, width: number, height: number, seed: number): Promise<void> {
  const small = Uint8Array.from(uniformValues(8 * 8 * 3, seed, 1), (v) => 128 + 120 * v);
  await sharp(small, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .toFile(path);
}

/** Makes the materials of a small training. */
export async function trainingMaterials(): Promise<Materials> {
  const folder = await newFolder();
  const photos = join(folder, 'photos');
  await mkdir(join(photos, 'more'), { recursive: true });
  for (let i = 0; i < 5; i++) await blocks(join(photos, `${i}.jpg`), 90, 70 + 10 * i, i);
  await blocks(join(photos, 'more', 'deep.PNG'), 64, 64, 9);
  await writeFile(join(photos, 'broken.jpg'), 'no picture');
  const painting = join(folder, 'painting.jpg');
  await blocks(painting, 120, 80, 77);
  const otherPainting = join(folder, 'other.jpg');
  await blocks(otherPainting, 90, 110, 78);
  const weights = join(folder, 'vgg16.safetensors');
  const tensors = new Map();
  let seed = 0;
  for (const [name, shape] of vggTensorShapes('vgg16')) {
    if (!/^conv[12]/.test(name)) continue;
    const size = shape.reduce((a, b) => a * b, 1);
    const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
    tensors.set(name, {
      shape,
      data: uniformValues(size, seed++, shape.length === 1 ? 0.1 : Math.sqrt(6 / fanIn)),
    });
  }
  await writeFile(weights, writeSafetensors(tensors));
  const args = [
    ...['--photos', photos, '--style', painting, '--weights', weights, '--device', 'cpu'],
    ...['--style-layers', 'relu1_2,relu2_2', '--content-layers', 'relu2_2'],
  ];
  return { folder, photos, painting, otherPainting, weights, args };
}
