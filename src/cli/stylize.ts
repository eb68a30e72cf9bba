import { Command } from 'commander';
export function stylizeCommand(): Command {
  return new Command('stylize');
}
