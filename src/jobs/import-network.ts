/** Style files of networks that other programs trained. */
import { badOption } from '../core/errors.js';
import { type PixelFormat, RGB_255 } from '../files/pixel-format.js';
import { encodeStyle, type Style } from '../files/style-file.js';
import { importWithFormat } from '../import/import-style.js';
import { requireFolderFor, writeFileAtomically } from '../node/media/files.js';
import { foreignFiles } from '../node/network-files.js';
import { formatNotes } from '../stylize/guess-pixel-format.js';
import { guessImported } from './imported-pixels.js';
import { type JobOptions, reporter } from './job.js';
import { requireNewFile, requireOnnx } from './training-files.js';

/** Options of `importNetwork`. */
export interface ImportNetworkOptions extends Partial<PixelFormat> {
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
  /** Replaces a file that is there already. */
  force?: boolean;
}

/**
 * Makes a style file of a network that another program trained. Nothing of the file is executed. What neither the
 * options nor the file say of the network's pixels is guessed from what the style makes of a test picture.
 *
 * @throws FnsError when the file cannot be read or holds no network that is known.
 */
export async function importNetwork(options: ImportNetworkOptions, job: JobOptions = {}): Promise<Style> {
  const { file, out, name, licence, half, force, channelOrder, range } = options;
  requireOnnx(out);
  if (name !== undefined && name.trim() === '') throw badOption('name', 'a name is needed');
  await requireFolderFor(out);
  await requireNewFile(out, force);
  const files = await foreignFiles(file);
  const read = (format: Partial<PixelFormat>) =>
    importWithFormat(files, { name, licence, label: file, ...format });
  const asked = { channelOrder, range };
  const { style: asStated, known } = read(asked);
  const isKnown = known.channelOrder !== undefined && known.range !== undefined;
  const format = isKnown ? { ...RGB_255, ...known } : await guessImported(read(RGB_255).style, known);
  const style = isKnown ? asStated : read(format).style;
  for (const note of formatNotes(file, format, asked, known)) reporter(job).note(note);
  await writeFileAtomically(out, encodeStyle(style, { half }));
  reporter(job).file(out);
  return style;
}
