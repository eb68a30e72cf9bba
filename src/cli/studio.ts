import { Command } from 'commander';
import { exportStudio, type ServeStudioOptions, serveStudio } from '../jobs/studio.js';
import { STUDIO_PORT } from '../node/studio/server.js';
import { numberOption } from './options.js';
import { globalFlags, runJob } from './run-job.js';
import { untilStopped } from './until-stopped.js';

interface StudioFlags extends ServeStudioOptions {
  open: boolean;
  export?: string;
}

/** `fns studio`: the web page that stylises and learns, on this machine. */
export function studioCommand(): Command {
  return new Command('studio')
    .summary('open the studio: a web page for photos, videos, the camera and styles of your own')
    .description(
      'Serve the studio on this machine and open it in the browser. Nothing that you open in it leaves the machine. ' +
        'Ctrl-C ends it.',
    )
    .option(
      '--port <number>',
      `the port (default: ${STUDIO_PORT}; 0: any that is free)`,
      numberOption('--port', { whole: true, min: 0 }),
    )
    .option('--host <name>', 'the address to listen on; 0.0.0.0 lets other machines in (default: 127.0.0.1)')
    .option('--styles <folder>', 'offer the .onnx styles of this folder as well')
    .option('--no-open', 'only print the address')
    .option('--export <folder>', 'write the studio as static files for any web host instead')
    .addHelpText(
      'after',
      `
Examples:
  fns studio
  fns studio --styles ~/my-styles --port 9000
  fns studio --export site`,
    )
    .action(async ({ open: wantsBrowser, export: out, ...options }: StudioFlags, command: Command) => {
      if (out !== undefined) {
        await runJob(command, (job) => exportStudio({ out, styles: options.styles }, job), {
          shortPaths: true,
        });
        return;
      }
      const server = await serveStudio(options);
      const { json, quiet } = globalFlags(command);
      console.log(json ? JSON.stringify({ type: 'serving', url: server.url }) : server.url);
      if (!quiet && !json) console.error('Ctrl-C ends it');
      const stopped = untilStopped(() => server.close());
      if (wantsBrowser) await openBrowser(server.url);
      await stopped;
    });
}

/** Opens an address in the person's browser; without one it is on the screen. */
async function openBrowser(url: string): Promise<void> {
  const { default: open } = await import('open');
  const started = await open(url).catch(() => undefined);
  started?.on('error', () => undefined);
}
