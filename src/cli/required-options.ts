import type { Command } from 'commander';

/**
 * Looks for a command's required options after everything else that may be wrong with what was typed. Commander looks
 * for them first, so someone who mistypes `--out` would be told that it is missing.
 */
export function requireOptionsLast(command: Command): void {
  const required = command.options.filter((option) => option.mandatory);
  for (const option of required) option.mandatory = false;
  command.hook('preAction', (_, action) => {
    const missing = required.find((option) => action.getOptionValue(option.attributeName()) === undefined);
    if (missing) action.error(`error: required option '${missing.flags}' not specified`);
  });
}
