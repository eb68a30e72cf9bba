/** Small videos that ffmpeg makes, and what ffprobe says of videos. */
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs ffmpeg, and gives what it printed. */
export async function ffmpeg(...args: string[]): Promise<string> {
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { maxBuffer: 2 ** 26 });
  return stdout;
}

/** A folder for the videos of a test. */
export function clipFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'fns-video-'));
}

/** The inputs of a clip: a moving test picture with a clock, and a tone. */
export function testPicture({
  size = '64x48',
  rate = '24000/1001',
  seconds = 1.5,
  sound = true,
} = {}): string[] {
  const picture = ['-f', 'lavfi', '-i', `testsrc=s=${size}:r=${rate}:d=${seconds}`];
  return sound ? [...picture, '-f', 'lavfi', '-i', `sine=f=440:d=${seconds}:r=48000`] : picture;
}

/** The times of the frames of a video, in seconds. */
export async function frameTimes(file: string): Promise<number[]> {
  const text = await probe(file, '-select_streams', 'V:0', '-show_entries', 'frame=pts_time');
  return text.split('\n').filter(Boolean).map(Number.parseFloat);
}

/** A packet of a stream. */
export interface Packet {
  /** When it is played, in seconds. */
  time: number;
  hash: string;
}

/** The packets of a stream, such as `a:0`. */
export async function packets(file: string, stream: string): Promise<Packet[]> {
  const entries = ['-show_entries', 'packet=pts_time,data_hash', '-show_data_hash', 'md5', '-of', 'json'];
  const args = ['-v', 'error', '-select_streams', stream, ...entries, file];
  const { stdout } = await run('ffprobe', args, { maxBuffer: 2 ** 26 });
  const found: { pts_time: string; data_hash: string }[] = JSON.parse(stdout).packets;
  return found.map(({ pts_time, data_hash }) => ({ time: Number(pts_time), hash: data_hash }));
}

/** What ffprobe says of the streams of a file: an object each. */
export async function streams(file: string): Promise<Record<string, unknown>[]> {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', file]);
  return JSON.parse(stdout).streams;
}

/** The chapters of a video: title, start and end in seconds. */
export async function chapters(file: string): Promise<[string, number, number][]> {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_chapters', '-of', 'json', file]);
  const found: { tags: { title: string }; start_time: string; end_time: string }[] =
    JSON.parse(stdout).chapters;
  return found.map(({ tags, start_time, end_time }) => [tags.title, Number(start_time), Number(end_time)]);
}

async function probe(file: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('ffprobe', ['-v', 'error', ...args, '-of', 'csv=p=0', file], {
    maxBuffer: 2 ** 26,
  });
  return stdout;
}

/** The hashes of the frames of a video as RGB, after a filter, resized to `iw:ih` or such. */
export async function frameHashes(
  file: string,
  { filter = 'null', size = 'iw:ih', input = [] as string[] } = {},
): Promise<string[]> {
  const toRgb = `scale=${size}:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,format=rgb24`;
  const args = [
    '-map',
    '0:V:0',
    '-vf',
    `${filter},${toRgb}`,
    '-fps_mode',
    'passthrough',
    '-f',
    'framemd5',
    '-',
  ];
  const text = await ffmpeg(...input, '-i', file, ...args);
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)!.trim());
}
