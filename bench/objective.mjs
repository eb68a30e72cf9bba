// The training objective of a style's pictures as a share of the untouched photo's, at the style's own weights and size, on central crops:
//   node bench/objective.mjs models/wave.onnx --painting wave.jpg --photos DIR --weights vgg19.safetensors
// 1 would be a network that changes nothing. Prints each photo and the mean.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { centreCrop, flattenOverWhite, resizeShorterSide } from '../dist/media/image.js';
import {
  decodeImage,
  decodeStyle,
  listPhotos,
  openObjective,
  openSession,
  readSafetensors,
  toPlanar,
  trainingConfig,
} from '../dist/node.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    painting: { type: 'string' },
    photos: { type: 'string' },
    weights: { type: 'string' },
    size: { type: 'string' },
  },
});
const file = positionals[0];
const bytes = new Uint8Array(await readFile(file));
const { info } = decodeStyle(bytes, file);
const config = trainingConfig(JSON.parse(info.config));
const size = Number(values.size ?? config.size);

async function square(path, side) {
  const image = await resizeShorterSide(flattenOverWhite(await decodeImage(path)), side);
  return toPlanar(await centreCrop(image, side, side));
}

const objective = await openObjective({
  config,
  style: {
    width: config.styleSize,
    height: config.styleSize,
    data: await square(values.painting, config.styleSize),
  },
  height: size,
  width: size,
  vggWeights: readSafetensors(new Uint8Array(await readFile(values.weights))).tensors,
  openSession,
  session: { device: 'cpu' },
});
const style = await openSession(bytes, { device: 'cpu' });
const ratios = [];
for (const path of await listPhotos(values.photos)) {
  const photo = await square(path, size);
  const { stylized } = await style.run({
    image: { dtype: 'float32', shape: [1, 3, size, size], data: photo },
  });
  const before = await objective.of(photo, photo);
  const after = await objective.of(stylized.data, photo);
  ratios.push(after / before);
  console.log(
    `${basename(path).padEnd(40)} ${before.toExponential(3)} ${after.toExponential(3)} ${(after / before).toFixed(4)}`,
  );
}
const mean = ratios.reduce((a, b) => a + b) / ratios.length;
console.log(`${info.name}: mean ratio ${mean.toFixed(4)} over ${ratios.length} photos at ${size}x${size}`);
await Promise.all([objective.close(), style.close()]);
