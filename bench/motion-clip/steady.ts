/**
 * The flicker of styles on the clip whose motion is known (see `render.ts`), as drawn and with `--steady`:
 *   npx tsx bench/motion-clip/steady.ts --clip FOLDER [--style scream,mine.onnx] [--steady 0.5,1]
 * The videos stay in FOLDER, to be looked at.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluateFlicker, stylizeVideo } from 'fast-neural-style';

const { values: args } = parseArgs({
  options: {
    clip: { type: 'string' },
    style: { type: 'string', default: 'scream' },
    steady: { type: 'string', default: '0.5,1' },
  },
});
if (args.clip === undefined) throw new Error('--clip is needed');
const folder = args.clip;
const video = join(folder, 'clip.mkv');
const motion = join(folder, 'flow');
const [untouched] = await evaluateFlicker({ videos: [video], motion });
console.log('| picture | warping error, levels² | of the plain style |\n|---|---|---|');
console.log(`| the clip itself | ${untouched!.warpingError.toFixed(2)} | |`);
for (const style of args.style.split(',')) {
  const name = style.replace(/^.*\//, '').replace(/\.onnx$/, '');
  const made: string[] = [];
  for (const steady of [0, ...args.steady.split(',').filter(Boolean).map(Number)]) {
    const out = join(folder, `${name}-${steady}.mkv`);
    await stylizeVideo({ video, style, out, steady, codec: 'ffv1', device: 'cpu', force: true });
    made.push(out);
  }
  const results = await evaluateFlicker({ videos: made, motion });
  for (const { video, warpingError } of results) {
    const share = (warpingError / results[0]!.warpingError).toFixed(3);
    console.log(`| ${video.slice(folder.length + 1, -4)} | ${warpingError.toFixed(1)} | ${share} |`);
  }
}
