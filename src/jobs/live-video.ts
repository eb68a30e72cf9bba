/** Applies a style to a video that goes on meanwhile: from a camera or a stream, or to one. */
import { extname } from 'node:path';
import { badOption } from '../core/errors.js';
import { atMostLongerSide } from '../core/sizes.js';
import { decodeImage } from '../node/media/image.js';
import { codecSettings, encoding } from '../node/video/containers.js';
import { fileArg } from '../node/video/ffmpeg.js';
import { isAddress, isDevice, isLive } from '../node/video/input-args.js';
import { newest } from '../node/video/newest.js';
import { openVideo } from '../node/video/open-video.js';
import type { VideoSource } from '../node/video/video-source.js';
import { type FrameWriter, writeFrames } from '../node/video/write-frames.js';
import { stylizeFrames } from '../stylize/stylize-frames.js';
import { loadStyleForFrames } from './frame-stylizers.js';
import { type JobOptions, reporter } from './job.js';
import { openSteadyBlend, steadyFrames } from './steady-frames.js';
import type { StylizedVideo } from './stylize-video.js';
import type { StylizeVideoOptions } from './video-options.js';
import { videoProgress } from './video-progress.js';

/** Formats of streams by the beginning of their address. */
const STREAM_FORMATS: readonly [RegExp, string][] = [
  [/^rtmps?:/i, 'flv'],
  [/^rtsp:/i, 'rtsp'],
  [/^rtp:/i, 'rtp_mpegts'],
  [/^(udp|tcp|srt):/i, 'mpegts'],
];

/** Sends frames straight through; from a live source only the newest, as often as they can be drawn. */
export async function stylizeLive(options: StylizeVideoOptions, job: JobOptions): Promise<StylizedVideo> {
  const {
    video,
    out,
    style,
    mask: maskFile,
    inputFormat,
    fps,
    maxSide,
    start = 0,
    end,
    steady,
    ...look
  } = options;
  const { signal } = job;
  const report = reporter(job);
  for (const option of ['resume', 'start'] as const) {
    if (options[option]) throw badOption(option, 'a live video has no beginning to come back to');
  }
  const mask = maskFile === undefined ? undefined : await decodeImage(maskFile);
  const source = await openVideo(video, { inputFormat, signal });
  const { info } = source;
  const size = atMostLongerSide(
    { width: info.width, height: info.height },
    maxSide ?? Number.POSITIVE_INFINITY,
  );
  const timeBase = source.timeBase(fps);
  const { args, filters } = liveEncoding(out, size, source, options);
  if (info.sides.length > 0) report.note('live videos are passed on without their sound');
  const blend = await openSteadyBlend(steady);
  const stylizers = await loadStyleForFrames(style, { ...look, mask }, size);
  const isPlace = options.outputFormat !== undefined || isAddress(out) || isLive(out);
  const openWriter = () =>
    writeFrames(isPlace ? out : fileArg(out), {
      label: out,
      ...{ size, timeBase, pixelAspect: info.pixelAspect, filters, live: true },
      args: ['-enc_time_base', `${timeBase.num}:${timeBase.den}`, ...args],
    });
  // Opened for the first frame: who stops before it finds nothing broken, and an older file as it was.
  let writer: FrameWriter | undefined;
  let frames = 0;
  let dropped = 0;
  /** Ends the source, which may be silent, where its frames cannot be written. */
  const failed = new AbortController();
  try {
    for (const note of stylizers[0]!.notes) report.note(note);
    const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    const onWarning = report.warning;
    const all = source.frames({ size, seconds: end, fps, anyEnd: true, signal: either, onWarning });
    const wanted = source.isLive ? newest(all, () => dropped++) : all;
    const progress = videoProgress(source, { first: 0, start, seconds: end, fps }, report);
    const drawn = stylizeFrames(wanted, stylizers, { signal });
    let from: number | undefined;
    for await (const { frame, picture } of steadyFrames(drawn, blend)) {
      if (signal?.aborted) break;
      from ??= frame.time;
      writer ??= openWriter();
      try {
        await writer.write(picture, frame.time - from);
      } catch (error) {
        failed.abort();
        throw error;
      }
      frames++;
      progress({ ...frame, index: frames - 1 });
    }
  } catch (error) {
    if (!signal?.aborted) {
      writer?.kill();
      throw error;
    }
  } finally {
    for (const stylizer of stylizers) await stylizer.close();
  }
  const stopped = signal?.aborted ?? false;
  await writer?.finish();
  if (dropped > 0) report.note(`${dropped} frames came faster than they could be drawn, and were left out`);
  return { out, frames, stopped };
}

/** How frames are encoded for what a live video goes to. */
function liveEncoding(
  out: string,
  size: { width: number; height: number },
  { info }: VideoSource,
  options: StylizeVideoOptions,
): { args: string[]; filters: string[] } {
  const { outputFormat, codec } = options;
  if (outputFormat === undefined && !isLive(out)) {
    const { format, codecArgs, filters, atOnce } = encoding(out, size, info.frameRate, options);
    if (atOnce) throw badOption('out', `a live video cannot be written as ${extname(out).slice(1)}`);
    return { args: [...codecArgs, '-f', format], filters };
  }
  const toDevice = isDevice(out);
  const format = outputFormat ?? (toDevice ? 'v4l2' : STREAM_FORMATS.find(([start]) => start.test(out))?.[1]);
  if (format === undefined)
    throw badOption('outputFormat', `ffmpeg's name of the format of ${out} is needed`);
  if (toDevice && codec === undefined) {
    return { args: ['-c:v', 'rawvideo', '-pix_fmt', 'yuv420p', '-f', format], filters: [] };
  }
  const isH264 = codec === undefined || codec === 'libx264';
  const { codecArgs, filters } = codecSettings(codec ?? 'libx264', size, { preset: 'veryfast', ...options });
  return { args: [...codecArgs, ...(isH264 ? ['-tune', 'zerolatency'] : []), '-f', format], filters };
}
