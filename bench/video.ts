/**
 * A video from file to file, the network's share of its time, the network with all threads on one frame, and lengstrom's
 * network in PyTorch on the same frames:
 *   npx tsx bench/video.ts [--size 640x360] [--frames 150] [--style wave] [--preset medium] [--clip FILE]
 * The video is a test picture with noise, the dearest thing to encode, or FILE, again and again.
 * PyTorch's side is its network alone, without decoding, encoding or the way from bytes to tensors. Each side is a
 * process of its own. Needs ffmpeg and Debian's python3-torch. Run it on an idle machine.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  loadStyle,
  loadStyleForFrames,
  openVideo,
  stylizeFrames,
  stylizeVideo,
  type VideoFrame,
} from 'fast-neural-style';

const { values: args } = parseArgs({
  options: {
    size: { type: 'string', default: '640x360' },
    frames: { type: 'string', default: '150' },
    style: { type: 'string', default: 'wave' },
    preset: { type: 'string' },
    clip: { type: 'string' },
    part: { type: 'string' },
    video: { type: 'string' },
  },
});
const frames = Number(args.frames);
const [width, height] = args.size.split('x') as [string, string];

/** Frames a second of the network alone: the frames are in memory, and the pictures are dropped. */
async function drawFrames(video: string, how: 'network' | 'together'): Promise<number> {
  const source = await openVideo(video);
  const some: VideoFrame[] = [];
  for await (const frame of source.frames({ seconds: 1 })) some.push(frame);
  const stylizers =
    how === 'together'
      ? [await loadStyle(args.style, { device: 'cpu' })]
      : await loadStyleForFrames(args.style, { device: 'cpu' }, source.info);
  async function* again() {
    for (let i = 0; i < frames; i++) yield some[i % some.length]!;
  }
  let start = 0;
  let drawn = 0;
  for await (const _ of stylizeFrames(again(), stylizers)) {
    // The first builds the session.
    start ||= performance.now();
    drawn++;
  }
  const seconds = (performance.now() - start) / 1000;
  for (const stylizer of stylizers) await stylizer.close();
  return (drawn - 1) / seconds;
}

/** Frames a second of a whole video, from its first picture on and with all that comes after the last. */
async function wholeVideo(video: string): Promise<number> {
  let start = 0;
  let first = 0;
  const onEvent = (event: { type: string; done?: number }) => {
    if (event.type !== 'progress' || start) return;
    start = performance.now();
    first = event.done!;
  };
  const out = `${video}.out.mp4`;
  const { style, preset } = args;
  const { frames: all } = await stylizeVideo({ video, out, style, preset, device: 'cpu' }, { onEvent });
  return (all - first) / ((performance.now() - start) / 1000);
}

if (args.part === 'network' || args.part === 'together')
  console.log(await drawFrames(args.video!, args.part));
else if (args.part === 'video') console.log(await wholeVideo(args.video!));
else {
  const folder = mkdtempSync(join(tmpdir(), 'fns-bench-video-'));
  try {
    compare(join(folder, 'clip.mp4'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compare(video: string): void {
  const noise = ['-f', 'lavfi', '-i', `testsrc2=s=${args.size}:r=30,noise=alls=12:allf=t`];
  const source = args.clip
    ? ['-stream_loop', '-1', '-i', args.clip, '-vf', `scale=${width}:${height}`]
    : noise;
  const encoder = ['-an', '-frames:v', args.frames, '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-crf', '20'];
  execFileSync('ffmpeg', ['-v', 'error', ...source, ...encoder, video]);
  const part = (name: string) => {
    const own = [fileURLToPath(import.meta.url), ...process.argv.slice(2), '--part', name, '--video', video];
    rmSync(`${video}.out.mp4`, { force: true });
    return Number(execFileSync(process.execPath, [...process.execArgv, ...own], { encoding: 'utf8' }));
  };
  const network = part('network');
  const together = part('together');
  const whole = part('video');
  const lengstrom = Math.max(...(['nchw', 'nhwc'] as const).map(pytorch));
  console.log(`${args.style}, ${args.size}, ${args.frames} frames, ${availableParallelism()} threads\n`);
  console.log('| | frames a second | against PyTorch |\n|---|---|---|');
  const row = (what: string, rate: number) =>
    console.log(`| ${what} | ${rate.toFixed(2)} | ${(rate / lengstrom).toFixed(2)} |`);
  row('video from file to file', whole);
  row('network alone', network);
  row('network alone, all threads on one frame', together);
  row("lengstrom's network in PyTorch, alone", lengstrom);
  console.log(`\nthe network's share of the video's time: ${(100 * (whole / network)).toFixed(0)} %`);
}

/** Frames a second of lengstrom's network in PyTorch. */
function pytorch(format: string): number {
  const script = fileURLToPath(new URL('pytorch.py', import.meta.url));
  const work = ['--what', 'forward', '--architecture', 'lengstrom', '--width', '32', '--repeat', '10'];
  const where = ['--threads', String(availableParallelism()), '--format', format];
  const own = [script, ...work, '--size', width, '--height', height, ...where];
  const printed = execFileSync(process.env.PYTHON ?? '/usr/bin/python3', own, { encoding: 'utf8' });
  return 1 / JSON.parse(printed).median;
}
