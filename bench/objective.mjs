// The training objective of a style's pictures as a share of the untouched photo's, at the style's own weights and size, on central crops:
//   node bench/objective.mjs models/wave.onnx --painting wave.jpg --photos DIR --weights vgg19.safetensors
// 1 would be a network that changes nothing. Prints each photo and the mean.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeStyle, listPhotos, readSafetensors, trainingConfig, vggNetwork } from '../dist/api/node.js';
import { meanRatio, openJudge } from './judge.mjs';

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
const judge = await openJudge({
  config,
  painting: values.painting,
  photos: await listPhotos(values.photos),
  size,
  lossNetwork: vggNetwork(
    config.lossNetwork,
    readSafetensors(new Uint8Array(await readFile(values.weights))).tensors,
  ),
  session: { device: 'cpu' },
});
const results = await judge.of(bytes);
for (const { path, before, after } of results) {
  console.log(
    `${basename(path).padEnd(40)} ${before.toExponential(3)} ${after.toExponential(3)} ${(after / before).toFixed(4)}`,
  );
}
console.log(
  `${info.name}: mean ratio ${meanRatio(results).toFixed(4)} over ${results.length} photos at ${size}x${size}`,
);
await judge.close();
