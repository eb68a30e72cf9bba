/** Style files of networks that other programs trained. */
import { badOption } from '../core/errors.js';
import { encodeStyle, type Style } from '../files/style-file.js';
import { requireFolderFor, writeFileAtomically } from '../node/media/files.js';
import { importStyleFile } from '../node/network-files.js';
import { type JobOptions, reporter } from './job.js';
import { requireOnnx } from './training-files.js';

/** Options of `importNetwork`. */
export interface ImportNetworkOptions {
  /** A file, the prefix or any file of a TensorFlow checkpoint, or a folder with a manifest or one checkpoint. */
  file: string;
  /** The style file to write (.onnx). */
  out: string;
  /** Of the style; the file's own by default. */
  name?: string;
  /** A note that it was imported, and from where, by default. */
  licence?: string;
  /** Stores the parameters as half floats. */
  half?: boolean;
}

/**
 * Makes a style file of a network that another program trained. Nothing of the file is executed.
 *
 * @throws FnsError when the file cannot be read or holds no network that is known.
 */
export async function importNetwork(options: ImportNetworkOptions, job: JobOptions = {}): Promise<Style> {
  const { file, out, name, licence, half } = options;
  requireOnnx(out);
  if (name !== undefined && name.trim() === '') throw badOption('name', 'a name is needed');
  await requireFolderFor(out);
  const style = await importStyleFile(file, { name, licence });
  await writeFileAtomically(out, encodeStyle(style, { half }));
  reporter(job).file(out);
  return style;
}
