/** Finds out whether ffmpeg can encode as asked, before anything is drawn. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { badOption } from '../../core/errors.js';
import type { Size } from '../../core/sizes.js';
import type { Encoding } from './containers.js';
import { fileArg, startTool } from './ffmpeg.js';

/**
 * Encodes a frame of one colour.
 *
 * @throws FnsError (usage) with ffmpeg's reason: an encoder or a preset that there is not, or a codec that the format of the
 *   file does not take.
 */
export async function tryEncoding(
  { codecArgs, filters, format }: Encoding,
  { width, height }: Size,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fns-encoding-'));
  try {
    const child = startTool(
      'ffmpeg',
      [
        ...['-f', 'lavfi', '-i', `color=size=${width}x${height}:rate=10`, '-frames:v', '1'],
        ...(filters.length > 0 ? ['-vf', filters.join(',')] : []),
        ...[...codecArgs, '-f', format, '-y', fileArg(join(folder, 'trial'))],
      ],
      { doing: 'a trial' },
    );
    child.stdin.end();
    child.stdout.resume();
    await child.ended.catch((error: Error) => {
      // The first line names the cause, the last what follows from it.
      throw badOption('codec', `${codecArgs[1]} cannot be used: ${child.complaints()[0] ?? error.message}`);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
