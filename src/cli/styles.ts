import { Command } from 'commander';
import { decodeStyle } from '../files/style-file.js';
import { readStyleFile, shippedStyles } from '../node/shipped.js';

/** `fns styles`: lists the shipped styles. */
export function stylesCommand(): Command {
  return new Command('styles')
    .summary('list the styles that come with the program')
    .description('List the styles that come with the program: name, network and size.')
    .addHelpText(
      'after',
      '\nExamples:\n  fns styles\n  fns stylize photo.jpg -s wave -o wave.jpg\n  fns stylize photo.jpg -s many:delaunay -o delaunay.jpg',
    )
    .action(async () => {
      for (const name of await shippedStyles()) {
        const { bytes, label } = await readStyleFile(name);
        const { info } = decodeStyle(bytes, label);
        const size = (bytes.length / 1e6).toFixed(1);
        console.log(
          `${name.padEnd(16)} ${info.architecture}, width ${info.width}, ${info.steps} steps, ${size} MB`,
        );
        if (info.paintings) {
          console.log(`${''.padEnd(16)} paintings: ${info.paintings.map((p) => `${name}:${p}`).join(' ')}`);
        }
      }
    });
}
