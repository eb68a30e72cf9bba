/**
 * Prints ours and PyTorch's times side by side, with the ratio and the arithmetic floor of this machine: on the CPU, or
 * with `--gpu` ours on WebGPU and PyTorch's on CUDA. `--quick` repeats less; `--forward` leaves trainings out, and
 * compares the graphs that are built for a picture's size with the file that takes every size. Needs Debian's python3-torch, and
 * libopenblas0-pthread so that PyTorch's matrix products are fast too. Run it on an idle machine.
 */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';

/** What each side prints of one piece of work. */
interface Measured {
  /** The best of several runs. */
  seconds: number;
  peakRssMiB: number;
  gflops?: number;
}

const run = promisify(execFile);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const threads = String(availableParallelism());
const python = process.env.PYTHON ?? '/usr/bin/python3';
const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, gpu: { type: 'boolean' }, forward: { type: 'boolean' } },
});
const { quick, gpu } = values;

/**
 * Multiply-adds per pixel of the width-32 network, and of a training step with VGG16 to relu4_3 per photo at 256x256.
 */
const FORWARD_GMAC_512 = 40.3;
const TRAIN_GMAC_256 = 78;

/** Our side as JavaScript, so that it runs in a bare Node. */
const program = here('../runs/bench/ours.mjs');
await build({
  entryPoints: [here('ours.ts')],
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  outfile: program,
});

async function measure(command: string, args: readonly string[]): Promise<Measured> {
  const { stdout } = await run(command, [...args, '--threads', threads], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

const ours = (args: readonly string[]) =>
  measure(process.execPath, [program, ...args, '--device', gpu ? 'webgpu' : 'cpu']);
const pytorch = (args: readonly string[]) =>
  measure(python, [here('pytorch.py'), ...args, '--device', gpu ? 'cuda' : 'cpu']);

async function bestPyTorch(args: readonly string[]): Promise<Measured & { format: string }> {
  const nchw = await pytorch([...args, '--format', 'nchw']);
  const nhwc = await pytorch([...args, '--format', 'nhwc']);
  return nchw.seconds <= nhwc.seconds ? { ...nchw, format: 'NCHW' } : { ...nhwc, format: 'NHWC' };
}

const gflops = (await ours(['--what', 'sgemm'])).gflops!;
const theirs = (await pytorch(['--what', 'sgemm'])).gflops!;
console.log(
  `threads ${threads}; SGEMM 2048: ours ${gflops.toFixed(0)} GFLOP/s, PyTorch ${theirs.toFixed(0)} GFLOP/s`,
);
console.log(
  'floor: the dense arithmetic at the faster SGEMM. Seconds are the best of several runs; lower is better.\n',
);
const peak = Math.max(gflops, theirs);
console.log('| work | ours s | PyTorch s | ratio | floor s | ours MiB | PyTorch MiB |');
console.log('|---|---|---|---|---|---|---|');

async function row(label: string, args: readonly string[], gmac: number): Promise<void> {
  const a = await ours(args);
  const b = await bestPyTorch(args);
  const cells = [
    label,
    a.seconds.toFixed(3),
    `${b.seconds.toFixed(3)} (${b.format})`,
    (a.seconds / b.seconds).toFixed(2),
    ((2 * gmac) / peak).toFixed(3),
    a.peakRssMiB,
    Math.round(b.peakRssMiB),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

const forwards = [16, 32].flatMap((width) => [256, 512, 1024].map((size) => ({ width, size })));
const forwardArgs = ({ width, size }: (typeof forwards)[number]) => {
  const repeat = quick ? 2 : size === 1024 ? 5 : 10;
  return ['--what', 'forward', '--width', `${width}`, '--size', `${size}`, '--repeat', `${repeat}`];
};
for (const forward of forwards) {
  const { width, size } = forward;
  const gmac = FORWARD_GMAC_512 * (size / 512) ** 2 * (width / 32) ** 2;
  await row(`forward ${size}x${size}, width ${width}`, forwardArgs(forward), gmac);
}
if (values.forward) {
  console.log('\n| forward | graph for the size s | file for all sizes s | ratio |\n|---|---|---|---|');
  for (const forward of forwards) {
    const a = await ours(forwardArgs(forward));
    const b = await ours([...forwardArgs(forward), '--file']);
    const ratio = (a.seconds / b.seconds).toFixed(2);
    const name = `${forward.size}x${forward.size}, width ${forward.width}`;
    console.log(`| ${name} | ${a.seconds.toFixed(3)} | ${b.seconds.toFixed(3)} | ${ratio} |`);
  }
  process.exit();
}
for (const batch of [1, 4]) {
  const args = ['--what', 'train', '--size', '256', '--batch', String(batch), '--repeat', quick ? '1' : '4'];
  await row(`training step 256x256, batch ${batch}`, args, TRAIN_GMAC_256 * batch);
}
