#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { endWhenIdle } from '../node/session.js';
import { evaluateCommand } from './evaluate.js';
import { exportCommand } from './export.js';
import { importCommand } from './import.js';
import { inspectCommand } from './inspect.js';
import { optimizeCommand } from './optimize.js';
import { reconstructCommand } from './reconstruct.js';
import { errorText, exitCodeOf } from './report-error.js';
import { requireOptionsLast } from './required-options.js';
import { stylesCommand } from './styles.js';
import { stylizeCommand } from './stylize.js';
import { sweepCommand } from './sweep.js';
import { trainCommand } from './train.js';
import { trainPairsCommand } from './train-pairs.js';
import { trainUpscaleCommand } from './train-upscale.js';
import { upscaleCommand } from './upscale.js';
import { weightsCommand } from './weights.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('fns')
  .description('Fast neural style: learn a style from one painting, apply it to any photo.')
  .version(version)
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
for (const make of [
  stylizeCommand,
  stylesCommand,
  trainCommand,
  sweepCommand,
  optimizeCommand,
  reconstructCommand,
  upscaleCommand,
  trainUpscaleCommand,
  trainPairsCommand,
  evaluateCommand,
  inspectCommand,
  exportCommand,
  importCommand,
  weightsCommand,
])
  program.addCommand(make());
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
    if (isEnding) process.exit(code);
    isEnding = true;
    endWhenIdle(() => {
      // On a terminal a progress line may stand before it.
      process.stderr.write(`${process.stderr.isTTY ? '\n' : ''}stopped before the end\n`);
      process.exit(code);
    });
  });
}

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
  if (text !== undefined) {
    if (json) console.log(JSON.stringify({ type: 'error', message: text }));
    console.error(`error: ${text}`);
  }
  if (verbose && error instanceof Error) console.error(error.stack);
  process.exitCode = exitCodeOf(error);
}
