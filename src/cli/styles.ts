import { Command } from 'commander';
import { listStyles } from '../jobs/list-styles.js';
import { globalFlags } from './run-job.js';

/** `fns styles`: lists the shipped styles. */
export function stylesCommand(): Command {
  return new Command('styles')
    .summary('list the styles that come with the program')
    .description('List the styles that come with the program: name, network and size.')
    .addHelpText(
      'after',
      '\nExamples:\n  fns styles\n  fns stylize photo.jpg -s wave -o wave.jpg\n  fns stylize photo.jpg -s many:delaunay -o delaunay.jpg',
    )
    .action(async (_: object, command: Command) => {
      for (const style of await listStyles()) {
        if (globalFlags(command).json) {
          console.log(JSON.stringify(style));
          continue;
        }
        const { name, architecture, width, steps, bytes, paintings } = style;
        const size = (bytes / 1e6).toFixed(1);
        console.log(`${name.padEnd(16)} ${architecture}, width ${width}, ${steps} steps, ${size} MB`);
        if (paintings) {
          console.log(`${''.padEnd(16)} paintings: ${paintings.map((p) => `${name}:${p}`).join(' ')}`);
        }
      }
    });
}
