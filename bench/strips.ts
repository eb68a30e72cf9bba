/**
 * Time and memory of a large picture drawn whole, and in strips of bounded memory, as ratios of the whole one's:
 *   npx tsx bench/strips.ts [--size 7680x4320] [--memory 2e9] [--style wave]
 * Each is a process of its own. Run it on an idle machine.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadStyle, pictures } from 'fast-neural-style';

const { values: args } = parseArgs({
  options: {
    size: { type: 'string', default: '7680x4320' },
    memory: { type: 'string', default: '2e9' },
    style: { type: 'string', default: 'wave' },
    tiles: { type: 'string' },
  },
});
const MODES = ['off', 'exact', 'fast'] as const;

/** Draws the picture and prints what it took. */
async function draw(tiles: (typeof MODES)[number]): Promise<void> {
  const [width, height] = args.size.split('x').map(Number) as [number, number];
  const photo = pictures.fractalNoise(width, height, 0);
  const stylizer = await loadStyle(args.style, { device: 'cpu', tiles, memory: Number(args.memory) });
  const start = performance.now();
  await stylizer.stylize(photo);
  const seconds = (performance.now() - start) / 1000;
  await stylizer.close();
  console.log(JSON.stringify({ seconds, peakRssMiB: process.resourceUsage().maxRSS / 1024 }));
}

const mode = MODES.find((each) => each === args.tiles);
if (mode) await draw(mode);
else {
  console.log(`${args.style}, ${args.size}\n\n| tiles | seconds | of the whole | MiB |\n|---|---|---|---|`);
  let whole: number | undefined;
  for (const tiles of MODES) {
    const own = [fileURLToPath(import.meta.url), ...process.argv.slice(2), '--tiles', tiles];
    const printed = execFileSync(process.execPath, [...process.execArgv, ...own], { encoding: 'utf8' });
    const { seconds, peakRssMiB } = JSON.parse(printed);
    whole ??= seconds as number;
    const ratio = (seconds / whole).toFixed(2);
    console.log(`| ${tiles} | ${seconds.toFixed(1)} | ${ratio} | ${peakRssMiB.toFixed(0)} |`);
  }
}
