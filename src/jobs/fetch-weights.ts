import type { VggName } from '../nets/vgg-layers.js';
import { fetchVggWeights } from '../node/weights/download.js';
import { type JobOptions, reporter, stopwatch } from './job.js';

/** Which weights `fetchWeights` gets. */
export interface FetchWeightsOptions {
  network: VggName;
  /** A local Keras .h5 or .safetensors file instead of a download. */
  from?: string;
  /** Also the classifier fc6, fc7, fc8 (ten times the size). */
  classifier?: boolean;
}

/**
 * Gets the VGG weights that training compares pictures with, once, and keeps them in the cache folder. A download that
 * was interrupted goes on when it is called again.
 *
 * @returns the file
 * @throws FnsError when they cannot be had or are damaged.
 */
export async function fetchWeights(
  { network, from, classifier }: FetchWeightsOptions,
  job: JobOptions = {},
): Promise<string> {
  const report = reporter(job);
  const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
  const watch = stopwatch();
  let first: number | undefined;
  const file = await fetchVggWeights(network, {
    from,
    classifier,
    onProgress: (received, total) => {
      first ??= received;
      const left =
        total === undefined ? undefined : watch.seconds() * ((total - received) / (received - first));
      report.progress({
        share: total === undefined ? 0 : received / total,
        ...(left !== undefined && Number.isFinite(left) && { secondsLeft: left }),
        part: network.toUpperCase(),
        unit: 'MB',
        done: megabytes(received),
        ...(total !== undefined && { all: megabytes(total) }),
      });
    },
  });
  report.file(file);
  return file;
}
