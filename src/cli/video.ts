import { Command } from 'commander';
import type { StylizeVideoOptions } from '../jobs/video-options.js';
import { startThreadEarly } from '../node/session-thread.js';
import { lookOptions, memoryOptions } from './look-options.js';
import {
  countOption,
  deviceOptions,
  numberOption,
  option,
  pixelFormatOptions,
  withOptions,
} from './options.js';
import { runJob } from './run-job.js';

/** `fns video`: applies a style to a video. */
export function videoCommand(): Command {
  const command = new Command('video')
    .summary('apply a style to a video')
    .description(
      'Apply a style to a video: every frame at its time, with its sound, subtitles and metadata. Needs ffmpeg.',
    )
    .argument(
      '<video>',
      'any video that ffmpeg reads, a GIF or an animated WebP; a camera (/dev/video0) or the address of a stream',
    )
    .requiredOption(
      '-o, --out <file>',
      'the video to write: .mp4, .mov, .mkv, .webm, .avi, .ts, .gif or .webp; a device or the address of a stream',
    )
    .option('--start <seconds>', 'begin here', numberOption('--start'))
    .option('--end <seconds>', 'end here', numberOption('--end', { above: true }))
    .option(
      '--fps <n>',
      'frames a second, instead of those of the video',
      numberOption('--fps', { above: true }),
    )
    .option(
      '--max-side <pixels>',
      'shrink larger frames first, so that the longer side has this size',
      countOption('--max-side'),
    );
  const codec = [
    option(
      '--steady <x>',
      'against flicker, 0 to 1: what goes on from frame to frame keeps what it showed (default: 0)',
      numberOption('--steady'),
    ),
    option(
      '--codec <encoder>',
      'an encoder of ffmpeg, such as libx265, libsvtav1 or prores_ks (default: by the file)',
    ),
    option(
      '--crf <n>',
      'constant quality: smaller is better and larger (default: by the codec)',
      numberOption('--crf'),
    ),
    option('--preset <name>', 'the codec’s preset, such as veryfast or slow (default: by the codec)'),
    option('--resume', 'go on where the same command was stopped or killed'),
    option('--force', 'replace what is there'),
    option(
      '--input-format <name>',
      'ffmpeg’s name of the format where the video’s name does not tell, such as avfoundation',
    ),
    option('--output-format <name>', 'the same for what is written, such as v4l2 or mpegts'),
  ];
  return withOptions(command, [
    ...lookOptions('video'),
    ...codec,
    ...memoryOptions(),
    ...pixelFormatOptions(),
    ...deviceOptions(),
  ])
    .addHelpText(
      'after',
      `
Ctrl-C leaves a video of what is done. What a killed run had finished lies in OUT.parts: the same command
with --resume goes on from there.

Examples:
  fns video holiday.mp4 -s wave -o wave.mp4
  fns video holiday.mp4 -s wave -o wave.mp4 --resume          after it was stopped
  fns video clip.mov -s starry=0.7,wave=0.3 --strength 0.8 --colours photo -o clip.mp4
  fns video walk.mp4 -s scream --steady 0.8 -o steady.mp4
  fns video long.mkv -s scream -o part.webm --start 60 --end 75 --max-side 960
  fns video dance.gif -s wave -o dance.gif
  fns video holiday.mp4 -s wave -o small.mp4 --codec libx265 --crf 28 --preset slow
  fns video /dev/video0 -s wave -o /dev/video9 --max-side 480  a camera to a virtual one
  fns video /dev/video0 -s wave -o udp://127.0.0.1:1234        to a stream`,
    )
    .action(async (video: string, flags: Omit<StylizeVideoOptions, 'video'>, command: Command) => {
      // The thread and the rest of the program load side by side.
      startThreadEarly();
      const { stylizeVideo } = await import('../jobs/stylize-video.js');
      await runJob(command, (job) => stylizeVideo({ ...flags, video }, job), {
        stopping: 'stopping, with a video of what is done',
        closing: ({ stopped, frames }) =>
          !stopped
            ? []
            : frames === 0
              ? ['stopped before the first frame']
              : [`${frames} frames are done; --resume makes the rest`],
      });
    });
}
