/** Clips for tests, and what ffmpeg and ffprobe say of the files that the studio makes. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** ffmpeg and ffprobe are there. */
export const FFMPEG = spawnSync('ffprobe', ['-version']).status === 0;

if (!FFMPEG) {
  const message = 'the tests of videos need ffmpeg';
  if (process.env.CI) throw new Error(message);
  console.warn(`skipped: ${message}`);
}

/** Of all clips. */
export const WIDTH = 64;
export const HEIGHT = 48;
export const FRAMES = 12;
export const RATE = 12;

/**
 * A camera's frames: grey, brighter to the right, with a bar that moves through the upper half. 4:2:0, as Chromium's fake
 * camera reads them.
 */
export function y4m(): Buffer {
  const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${RATE}:1 Ip A1:1 C420jpeg\n`)];
  for (let frame = 0; frame < FRAMES; frame++) {
    const luma = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
      const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
      const isBar = y < HEIGHT / 2 && Math.abs(x - (frame / FRAMES) * WIDTH) < 8;
      return isBar ? 235 : 60 + 2 * x;
    });
    parts.push(Buffer.from('FRAME\n'), Buffer.from(luma), Buffer.alloc((WIDTH * HEIGHT) / 2, 128));
  }
  return Buffer.concat(parts);
}

interface Probed {
  streams: {
    codec_type: string;
    codec_name: string;
    width?: number;
    height?: number;
    nb_read_frames?: string;
  }[];
  format: { duration: string };
}

/** What ffprobe says of a file: its frames counted by decoding them. */
export async function probe(path: string) {
  const options = ['-v', 'error', '-count_frames', '-show_streams', '-show_format', '-of', 'json', path];
  const { streams, format } = JSON.parse((await run('ffprobe', options)).stdout) as Probed;
  const video = streams.find(({ codec_type }) => codec_type === 'video')!;
  const sound = streams.find(({ codec_type }) => codec_type === 'audio');
  return {
    ...{ codec: video.codec_name, width: video.width, height: video.height },
    ...{ frames: Number(video.nb_read_frames), duration: Number(format.duration) },
    ...{ sound: sound?.codec_name, soundFrames: Number(sound?.nb_read_frames) },
  };
}

/** The pixels of one frame of a file, as ffmpeg decodes it. */
export async function frameOf(path: string, frame: number): Promise<Uint8Array> {
  const options = ['-v', 'error', '-i', path, '-vf', `select=eq(n\\,${frame})`, '-frames:v', '1'];
  const raw = [...options, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'];
  return (await run('ffmpeg', raw, { encoding: 'buffer' })).stdout as unknown as Uint8Array;
}

/** The mean difference of two pictures. */
export const meanDifference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, v, i) => sum + Math.abs(v - b[i]!), 0) / a.length;

/** Makes a clip: a test picture and a tone, a second long. */
export async function makeClip(
  path: string,
  codecs: readonly string[],
  size = `${WIDTH}x${HEIGHT}`,
): Promise<void> {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${RATE}:d=${FRAMES / RATE}`];
  const tone = ['-f', 'lavfi', '-i', `sine=f=440:d=${FRAMES / RATE}`];
  await run('ffmpeg', ['-v', 'error', '-y', ...picture, ...tone, ...codecs, path]);
}
