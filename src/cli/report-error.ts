/** Errors as the terminal shows them: one line, with the program's own options in it. */
import { type Command, CommanderError } from 'commander';
import { type ErrorCode, FnsError } from '../core/errors.js';
import { flagOf } from './flag.js';

/** The program's advice for errors that the library knows by a code. */
const HINTS: Readonly<Record<ErrorCode, string>> = {
  'training-exists': '--resume FOLDER goes on with a training, --force replaces what is there',
  'video-exists': '--resume goes on with a video that was stopped, --force replaces what is there',
  'video-unfinished': '--resume goes on with what is done',
  'file-exists': '--force replaces what is there',
  'out-of-memory': 'smaller pictures need less: --memory, --max-side or --size, where the command has them',
  'no-weights':
    '`fns weights vgg16` or vgg19 gets them once; --weights FILE or the folder FNS_WEIGHTS has others',
  'no-device': '--device cpu always works',
  'no-loss-network-file': 'give it as --weights FILE',
  'foreign-network': '`fns import` makes a style file of it',
  'upscaler-as-style': 'fns upscale --network takes it',
};

/** Options whose flag is not their name in the library. */
const OTHER_FLAGS: Readonly<Record<string, string>> = { painting: '--style' };

/** The exit code of an error: 2 for a wrong request, 1 for work that could not be done. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof FnsError && error.kind === 'usage' ? 2 : 1;
}

/** The line for an error; nothing for what commander has printed itself. */
export function errorText(error: unknown, command: Command): string | undefined {
  if (error instanceof CommanderError) return undefined;
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
  if (!(error instanceof FnsError)) return line;
  const { option, code } = error;
  const text = option === undefined ? line! : `${flagIn(command, option)}${line!.slice(option.length)}`;
  const hint = code === undefined ? undefined : HINTS[code];
  return hint === undefined ? text : `${text} (${hint})`;
}

/** The flag of a command for an option of the library: `--style-weight` for `styleWeight`. */
function flagIn(command: Command, option: string): string {
  const own = command.options.find((each) => each.attributeName() === option)?.long;
  return own ?? OTHER_FLAGS[option] ?? flagOf(option);
}
