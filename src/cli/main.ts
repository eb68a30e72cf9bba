#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { endUnusedThread, endWhenIdle } from '../node/session-thread.js';
import { endAtOnce } from './end-at-once.js';
import { inHugePages } from './huge-pages.js';
import { watchOutput } from './output-errors.js';
import { errorText, exitCodeOf } from './report-error.js';
import { requireOptionsLast } from './required-options.js';
import { programVersion } from './version.js';

const program = new Command('fns')
  .description('Fast neural style: learn a style from one painting, apply it to any photo.')
  .version(programVersion)
  .option('--quiet', 'print no progress and no notes')
  .option('--json', 'print what happens as JSON, one object a line, for other programs')
  .option('--verbose', 'print the stack trace of an error')
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    `
Examples:
  fns stylize photo.jpg -s wave -o wave.jpg          a shipped style
  fns weights vgg16                                  once, before the first training
  fns train --style painting.jpg --photos ~/Pictures --minutes 30 -o painting.onnx
  fns stylize *.jpg -s painting.onnx -o out/         a style of your own`,
  );

/** The commands in the order of the help, each loaded when it is needed. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  stylize: async () => (await import('./stylize.js')).stylizeCommand(),
  video: async () => (await import('./video.js')).videoCommand(),
  styles: async () => (await import('./styles.js')).stylesCommand(),
  train: async () => (await import('./train.js')).trainCommand(),
  sweep: async () => (await import('./sweep.js')).sweepCommand(),
  optimize: async () => (await import('./optimize.js')).optimizeCommand(),
  reconstruct: async () => (await import('./reconstruct.js')).reconstructCommand(),
  upscale: async () => (await import('./upscale.js')).upscaleCommand(),
  'train-upscale': async () => (await import('./train-upscale.js')).trainUpscaleCommand(),
  'train-pairs': async () => (await import('./train-pairs.js')).trainPairsCommand(),
  evaluate: async () => (await import('./evaluate.js')).evaluateCommand(),
  inspect: async () => (await import('./inspect.js')).inspectCommand(),
  export: async () => (await import('./export.js')).exportCommand(),
  import: async () => (await import('./import.js')).importCommand(),
  weights: async () => (await import('./weights.js')).weightsCommand(),
  studio: async () => (await import('./studio.js')).studioCommand(),
  serve: async () => (await import('./serve.js')).serveCommand(),
  worker: async () => (await import('./worker.js')).workerCommand(),
  token: async () => (await import('./token.js')).tokenCommand(),
};
/** The commands that draw, and take much memory for a short time. */
const DRAWING = new Set(['stylize', 'video', 'upscale', 'optimize', 'reconstruct', 'evaluate']);
// The global options take no values, so the first word is the command; without one that is known, all are needed.
const word = process.argv.slice(2).find((arg) => !arg.startsWith('-'));
const isVersion = word === undefined && process.argv.some((arg) => arg === '-V' || arg === '--version');
const wanted =
  word !== undefined && Object.hasOwn(COMMANDS, word) ? [word] : isVersion ? [] : Object.keys(COMMANDS);
if (word !== undefined && DRAWING.has(word)) inHugePages(process);
for (const name of wanted) program.addCommand(await COMMANDS[name]!());
// Commander prints its own message; usage errors end with 2 instead of its 1.
for (const command of [program, ...program.commands, ...program.commands.flatMap((c) => c.commands)]) {
  command.exitOverride();
  command.configureHelp({ showGlobalOptions: true });
  requireOptionsLast(command);
}

// Ends through `process.exit`, so that half-written files are removed, after the computation in progress; a second time
// at once. A command with a handler of its own (train) decides itself.
let isEnding = false;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return;
    if (isEnding) return endAtOnce(signal);
    isEnding = true;
    endWhenIdle(() => {
      // On a terminal a progress line may stand before it.
      process.stderr.write(`${process.stderr.isTTY ? '\n' : ''}stopped before the end\n`);
      process.exit(code);
    });
  });
}

/** The errors that were told, each once. */
const told = new Set<string>();
const tell = (text: string) => {
  if (!told.has(text)) console.error(`error: ${text}`);
  told.add(text);
};
watchOutput(tell);

/** The command that runs, for errors. */
let running: Command = program;
program.hook('preAction', (_, action) => {
  running = action;
});

try {
  await program.parseAsync();
} catch (error) {
  const { json, verbose } = program.opts();
  const text = errorText(error, running);
  // Commander has told it already, but not in JSON.
  if (error instanceof CommanderError && exitCodeOf(error) !== 0 && process.argv.includes('--json')) {
    console.log(JSON.stringify({ type: 'error', message: error.message.replace(/^error: /, '') }));
  }
  if (text !== undefined) {
    if (json) console.log(JSON.stringify({ type: 'error', message: text }));
    tell(text);
  }
  if (verbose && error instanceof Error) console.error(error.stack);
  process.exitCode = exitCodeOf(error);
  await endUnusedThread();
}
