/** The studio: served on this machine, or written as static files. */
import { copyFile, cp, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { badOption } from '../core/errors.js';
import { makeFolder, writeFailure } from '../node/media/files.js';
import { type ServerOptions, type StudioServer, startStudioServer } from '../node/studio/server.js';
import { studioSite } from '../node/studio/site.js';
import { type JobOptions, reporter } from './job.js';

/** Options of `serveStudio`. */
export interface ServeStudioOptions extends ServerOptions {
  /** A folder whose `.onnx` files are offered as well. */
  styles?: string;
}

/**
 * Serves the studio on this machine until it is closed or the signal is aborted.
 *
 * @throws FnsError when it cannot be served.
 */
export async function serveStudio(
  options: ServeStudioOptions = {},
  job: JobOptions = {},
): Promise<StudioServer> {
  const { port, host, styles } = options;
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536)) {
    throw badOption('port', `a number of 0 to 65535 is needed, got ${port}`);
  }
  const server = await startStudioServer(await studioSite({ styles }), { port, host });
  job.signal?.addEventListener('abort', () => void server.close());
  return server;
}

/** Options of `exportStudio`. */
export interface ExportStudioOptions extends Pick<ServeStudioOptions, 'styles'> {
  /** The folder to write: a new one, or an empty one. */
  out: string;
}

/**
 * Writes the studio as static files for any web host. Its service worker adds the headers that threads need.
 *
 * @throws FnsError when the folder is not empty or cannot be written.
 */
export async function exportStudio(
  { out, styles }: ExportStudioOptions,
  job: JobOptions = {},
): Promise<void> {
  const site = await studioSite({ styles });
  await makeFolder(out);
  if ((await readdir(out)).length > 0) throw badOption('out', `${out} is not empty: a new folder is needed`);
  const report = reporter(job);
  try {
    await cp(site.page, out, { recursive: true });
    let done = 0;
    for (const [address, path] of site.files) {
      job.signal?.throwIfAborted();
      const target = join(out, 'files', address);
      await makeFolder(dirname(target));
      await copyFile(path, target);
      report.progress({ share: ++done / site.files.size, done, all: site.files.size, unit: 'file' });
    }
    await writeFile(join(out, 'files', 'styles.json'), JSON.stringify(site.list));
  } catch (error) {
    if (job.signal?.aborted) throw error;
    throw writeFailure(out, error);
  }
  report.file(join(out, 'index.html'));
}
