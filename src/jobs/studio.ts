/** The studio: served on this machine, or written as static files. */
import { copyFile, cp, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FnsError, usage } from '../core/errors.js';
import { makeFolder, writeFailure } from '../node/media/files.js';
import { requirePort } from '../node/port.js';
import { type ServerOptions, type StudioServer, startStudioServer } from '../node/studio/server.js';
import { addWeights, type SiteList, studioSite } from '../node/studio/site.js';
import { type HalfWeightsFile, keptHalfWeights } from '../node/weights/half-weights.js';
import { firstLine, type JobOptions, type Reporter, reporter } from './job.js';

/** Options of `serveStudio`. */
export interface ServeStudioOptions extends Pick<ServerOptions, 'port' | 'host'> {
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
  requirePort(port);
  const report = reporter(job);
  const site = await studioSite({ styles, warn: warnOf(report) });
  addWeights(site, await installedWeights(report));
  // Weights that are installed meanwhile are there when the page is loaded again.
  const beforeList = async () => {
    if (Object.keys(site.list.weights).length === 0) addWeights(site, await installedWeights(report));
  };
  const server = await startStudioServer(site, { port, host, beforeList });
  job.signal?.addEventListener('abort', () => void server.close());
  return server;
}

/**
 * The installed weights that styles can be learned with in the page: those of VGG19, with which the shipped styles were
 * learned, before those of VGG16. Without any, or when they are damaged, the page does all but teach.
 */
async function installedWeights(report: Reporter): Promise<Map<string, HalfWeightsFile>> {
  const found = new Map<string, HalfWeightsFile>();
  for (const network of ['vgg19', 'vgg16'] as const) {
    try {
      found.set(network, await keptHalfWeights(network));
    } catch (error) {
      if (!(error instanceof FnsError && error.code === 'no-weights')) report.warning(firstLine(error));
    }
  }
  return found;
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
  const report = reporter(job);
  const site = await studioSite({ styles, warn: warnOf(report) });
  addWeights(site, await installedWeights(report));
  await makeFolder(out);
  if ((await readdir(out)).length > 0) throw usage(`${out} is not empty: a new folder is needed`);
  try {
    await cp(site.page, out, { recursive: true });
    let done = 0;
    for (const [address, file] of site.files) {
      job.signal?.throwIfAborted();
      const target = join(out, 'files', address);
      await makeFolder(dirname(target));
      const path = typeof file === 'string' ? file : await file().catch(() => undefined);
      if (path !== undefined) await copyFile(path, target);
      else withoutThumbnail(site.list, address);
      report.progress({ share: ++done / site.files.size, done, all: site.files.size, unit: 'file' });
    }
    await writeFile(join(out, 'files', 'styles.json'), JSON.stringify(site.list));
  } catch (error) {
    if (job.signal?.aborted) throw error;
    throw writeFailure(out, error);
  }
  report.file(join(out, 'index.html'));
}

/** Says of a style that its texture cannot be drawn. */
function warnOf(report: Reporter) {
  return (style: string, error: unknown) =>
    report.warning(`${style} cannot be shown by a picture: ${firstLine(error)}`);
}

/** The list, for a style whose thumbnail could not be drawn. */
function withoutThumbnail({ styles }: SiteList, address: string): void {
  for (const style of styles) if (style.thumbnail === address) style.thumbnail = '';
}
