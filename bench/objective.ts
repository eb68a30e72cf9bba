/**
 * The training objective of a style's pictures as a share of the untouched photo's, at the style's own weights and size, on central squares:
 *   npx tsx bench/objective.ts models/wave.onnx --painting wave.jpg --photos DIR --weights vgg19.safetensors
 * 1 would be a network that changes nothing. Prints each photo and the mean.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { files, listPhotos, loadLossNetwork, training } from 'fast-neural-style';
import { withRequired } from './arguments.js';
import { meanRatio, openJudge } from './judge.js';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    painting: { type: 'string' },
    photos: { type: 'string' },
    weights: { type: 'string' },
    size: { type: 'string' },
  },
});
const { painting, photos, weights, size } = withRequired(given, ['painting', 'photos']);
const [file] = positionals;
if (file === undefined) throw new Error('a style file is needed');
const bytes = new Uint8Array(await readFile(file));
const { info } = files.decodeStyle(bytes, file);
const config = training.trainingConfig(JSON.parse(info.config));
const side = Number(size ?? config.size);
const judge = await openJudge({
  config,
  painting,
  photos: await listPhotos(photos),
  size: side,
  lossNetwork: await loadLossNetwork(config, { file: weights }),
  session: { device: 'cpu' },
});
const judgements = await judge.of(bytes);
await judge.close();
for (const { path, before, after } of judgements) {
  const numbers = `${before.toExponential(3)} ${after.toExponential(3)} ${(after / before).toFixed(4)}`;
  console.log(`${basename(path).padEnd(40)} ${numbers}`);
}
const mean = meanRatio(judgements).toFixed(4);
console.log(`${info.name}: mean ratio ${mean} over ${judgements.length} photos at ${side}x${side}`);
