/**
 * A photo from the shell to the written file, beside what Node alone and the network alone take, as ratios:
 *   npx tsx bench/shell.ts [--style wave]      after npm run build
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeImage, loadStyle } from 'fast-neural-style';

const { values: args } = parseArgs({ options: { style: { type: 'string', default: 'wave' } } });
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** 1280x853. */
const photo = here('../examples/harbour.jpg');
const REPEAT = 7;

/** The best and the median of several times, in seconds. */
async function timed(once: () => unknown): Promise<{ best: number; median: number }> {
  const times: number[] = [];
  for (let i = 0; i < REPEAT; i++) {
    const start = performance.now();
    await once();
    times.push((performance.now() - start) / 1000);
  }
  times.sort((a, b) => a - b);
  return { best: times[0]!, median: times[REPEAT >> 1]! };
}

const folder = mkdtempSync(join(tmpdir(), 'fns-shell-'));
const node = await timed(() => execFileSync(process.execPath, ['-e', '0']));
const whole = await timed(() => {
  const own = ['--quiet', 'stylize', photo, '-s', args.style, '-o', join(folder, 'out.jpg')];
  execFileSync(process.execPath, [here('../dist/cli/main.js'), ...own]);
});
rmSync(folder, { recursive: true });
const image = await decodeImage(photo);
const stylizer = await loadStyle(args.style, { device: 'cpu' });
const network = await timed(() => stylizer.stylize(image));
await stylizer.close();
console.log('| | best s | median s | of fns stylize |\n|---|---|---|---|');
for (const [name, { best, median }] of Object.entries({ 'fns stylize': whole, node, network })) {
  console.log(`| ${name} | ${best.toFixed(2)} | ${median.toFixed(2)} | ${(best / whole.best).toFixed(2)} |`);
}
