import { FnsError } from '../core/errors.js';
import { writeFileAtomically } from '../node/media/files.js';
import { halfWeights } from '../node/weights/half-weights.js';
import { loadVggWeights } from '../node/weights/vgg-weights.js';
import { type FetchWeightsOptions, fetchWeights } from './fetch-weights.js';
import { type JobOptions, reporter } from './job.js';
import { requireNoOverwrite } from './no-overwrite.js';

/** Options of `exportHalfWeights`. */
export interface ExportHalfWeightsOptions extends Pick<FetchWeightsOptions, 'network' | 'from'> {
  /** The .safetensors file to write. */
  out: string;
}

/**
 * Writes the weights that a web page needs to learn styles with: half precision, and no layer more than that. The
 * installed weights are taken, or fetched first.
 *
 * @throws FnsError when they cannot be had or are damaged, or the file cannot be written.
 */
export async function exportHalfWeights(
  { network, from, out }: ExportHalfWeightsOptions,
  job: JobOptions = {},
): Promise<void> {
  const fetchFirst = async () => {
    const quiet = { ...job, onEvent: (event) => event.type !== 'file' && job.onEvent?.(event) } as JobOptions;
    return loadVggWeights(network, { file: await fetchWeights({ network, from }, quiet) });
  };
  const isMissing = (error: unknown) => error instanceof FnsError && error.code === 'no-weights';
  const { tensors, file } =
    from === undefined
      ? await loadVggWeights(network).catch((error: unknown) => {
          if (isMissing(error)) return fetchFirst();
          throw error;
        })
      : await fetchFirst();
  await requireNoOverwrite(
    [out],
    [from, file].map((path) => ({ path, what: 'the file of the weights' })),
  );
  await writeFileAtomically(out, halfWeights(network, tensors));
  reporter(job).file(out);
}
