/**
 * Renders a clip whose motion is known exactly, by Debian's POV-Ray and rays of our own:
 *   npx tsx bench/motion-clip/render.ts --out FOLDER [--frames 36] [--size 640x360]
 * FOLDER gets clip.mkv (lossless) and flow/ with a .flo file there and back for each frame. `steady.ts` uses them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { motion } from 'fast-neural-style';
import { movedPoint, povScene } from './scene.js';

const { values: args } = parseArgs({
  options: {
    out: { type: 'string' },
    frames: { type: 'string', default: '36' },
    size: { type: 'string', default: '640x360' },
  },
});
if (args.out === undefined) throw new Error('--out is needed');
const frames = Number(args.frames);
const [width, height] = args.size.split('x').map(Number) as [number, number];
const flowFolder = join(args.out, 'flow');
mkdirSync(flowFolder, { recursive: true });
const work = mkdtempSync(join(tmpdir(), 'fns-motion-clip-'));
const timeOf = (frame: number) => frame / 48;

/** Where each pixel of a frame is in another one. */
function flow(from: number, to: number): motion.Flow {
  const [dx, dy] = [new Float32Array(width * height), new Float32Array(width * height)];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [toX, toY] = movedPoint(x + 0.5, y + 0.5, { width, height }, timeOf(from), timeOf(to));
      dx[i] = toX - x - 0.5;
      dy[i] = toY - y - 0.5;
    }
  }
  return { width, height, dx, dy };
}

for (let frame = 0; frame < frames; frame++) {
  const number = String(frame).padStart(5, '0');
  const scene = join(work, `${number}.pov`);
  writeFileSync(scene, povScene(timeOf(frame), width / height));
  const how = [`+W${width}`, `+H${height}`, '+A0.05', '+AM2', '+R3', '-D', '-GA'];
  execFileSync('povray', [`+I${scene}`, `+O${join(work, `${number}.png`)}`, ...how], { stdio: 'pipe' });
  if (frame > 0) {
    writeFileSync(join(flowFolder, `${number}.back.flo`), motion.writeFlo(flow(frame, frame - 1)));
    writeFileSync(join(flowFolder, `${number}.forth.flo`), motion.writeFlo(flow(frame - 1, frame)));
  }
}
const pictures = ['-framerate', '24', '-i', join(work, '%05d.png')];
const clip = join(args.out, 'clip.mkv');
execFileSync('ffmpeg', ['-v', 'error', '-y', ...pictures, '-c:v', 'ffv1', '-pix_fmt', 'bgr0', clip]);
rmSync(work, { recursive: true });
console.log(clip);
