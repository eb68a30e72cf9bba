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
  graph,
  listPhotos,
  losses,
  openSession,
  readSafetensors,
  toPlanar,
  trainingConfig,
  vgg,
} from '../dist/node.js';
import { lossWeights } from '../dist/train/config.js';
import { buildStyleTarget } from '../dist/train/step-graph.js';

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
const { ...stored } = JSON.parse(info.config);
const config = trainingConfig(stored);
const size = Number(values.size ?? config.size);
const weights = lossWeights(config);
const vggWeights = readSafetensors(new Uint8Array(await readFile(values.weights))).tensors;

async function square(path, side) {
  const image = await resizeShorterSide(flattenOverWhite(await decodeImage(path)), side);
  return toPlanar(await centreCrop(image, side, side));
}
const tensor = (data, side) => ({ dtype: 'float32', shape: [1, 3, side, side], data });
const device = { device: 'cpu' };

const target = await openSession(
  buildStyleTarget(
    { lossNetwork: config.lossNetwork, vggWeights, lossWeights: weights },
    config.styleSize,
    config.styleSize,
  ),
  device,
);
const grams = await target.run({
  style: tensor(await square(values.painting, config.styleSize), config.styleSize),
});
await target.close();

const g = new graph.Graph();
const [generated, content] = ['generated', 'content'].map((name) => g.input(name, [1, 3, size, size]));
const gramInputs = new Map(
  weights.style.map(({ layer }) => [layer, g.input(`gram/${layer}`, grams[`gram/${layer}`].shape)]),
);
const parts = losses.perceptualLoss(
  vgg(g, config.lossNetwork, vggWeights),
  generated,
  content,
  gramInputs,
  weights,
);
g.output('total', parts.total);
const objective = await openSession(graph.toModel(g), device);
const style = await openSession(bytes, device);

const ratios = [];
for (const path of await listPhotos(values.photos)) {
  const photo = tensor(await square(path, size), size);
  const { stylized } = await style.run({ image: photo });
  const of = async (picture) =>
    (await objective.run({ generated: picture, content: photo, ...grams })).total.data[0];
  const [before, after] = [await of(photo), await of(stylized)];
  ratios.push(after / before);
  console.log(
    `${basename(path).padEnd(40)} ${before.toExponential(3)} ${after.toExponential(3)} ${(after / before).toFixed(4)}`,
  );
}
console.log(
  `${info.name}: mean ratio ${(ratios.reduce((a, b) => a + b) / ratios.length).toFixed(4)} over ${ratios.length} photos at ${size}x${size}`,
);
await Promise.all([objective.close(), style.close()]);
