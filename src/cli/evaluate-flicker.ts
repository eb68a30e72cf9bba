import { Command } from 'commander';
import { type EvaluateFlickerOptions, evaluateFlicker } from '../jobs/evaluate-flicker.js';
import { printColumns } from './columns.js';
import { globalFlags, runJob } from './run-job.js';

/** `fns evaluate flicker`: how much videos flicker. */
export function evaluateFlickerCommand(): Command {
  return new Command('flicker')
    .summary('how much videos flicker, apart from their motion')
    .description(
      'Compare how much videos of the same scene flicker: the mean squared difference (levels² of 255) between a frame and the one before, moved as the scene moved, over what both show. ' +
        'The motion is estimated from the video that they were made of, or known: Middlebury .flo files 00001.back.flo (from frame 1 to frame 0) and 00001.forth.flo. Less is steadier; ' +
        'the untouched video as one of the videos shows what measuring itself adds. Needs ffmpeg.',
    )
    .argument('<video...>', 'the videos')
    .option('--source <video>', 'the video that they were made of, whose motion is estimated')
    .option('--motion <folder>', 'the folder of the true motion instead')
    .addHelpText(
      'after',
      `
Examples:
  fns evaluate flicker plain.mp4 steady.mp4 walk.mp4 --source walk.mp4
  fns evaluate flicker plain.mkv steady.mkv --motion flow/`,
    )
    .action(async (videos: string[], flags: Omit<EvaluateFlickerOptions, 'videos'>, command: Command) => {
      const results = await runJob(command, (job) => evaluateFlicker({ ...flags, videos }, job));
      if (globalFlags(command).json) return;
      const first = results[0]!.warpingError;
      printColumns(
        [
          ['video', 'frames', 'seen', 'warping error', 'of the first'],
          ...results.map(({ video, frames, seen, warpingError }) => [
            video,
            String(frames),
            `${(100 * seen).toFixed(0)} %`,
            warpingError.toFixed(2),
            (warpingError / first).toFixed(3),
          ]),
        ],
        1,
      );
    });
}
