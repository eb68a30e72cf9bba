#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { FnsError } from '../core/errors.js';
import { endWhenIdle } from '../node/session.js';
import { evaluateCommand } from './evaluate.js';
import { exportCommand } from './export.js';
import { importCommand } from './import.js';
import { inspectCommand } from './inspect.js';
import { optimizeCommand } from './optimize.js';
import { reconstructCommand } from './reconstruct.js';
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
  requireOptionsLast(command);
}

// Ends through `process.exit`, so that half-written files are removed, after the computation in progress; a second time at once. A command with a handler
// of its own (train) decides itself.
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

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints an error as one line and returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  console.error(`error: ${message.split('\n')[0]}`);
  if (program.opts().verbose && error instanceof Error) console.error(error.stack);
  return error instanceof FnsError && error.kind === 'usage' ? 2 : 1;
}
