import { Command } from 'commander';
export function stylesCommand(): Command {
  return new Command('styles');
}
