/** Writing a style file anew: in half precision, for one size, as safetensors. */
import { extname } from 'node:path';
import { badOption, usage } from '../core/errors.js';
import { mixedStyle } from '../files/mixture.js';
import { decodeStyle, type EncodeStyleOptions, encodeStyle, type Style } from '../files/style-file.js';
import { isBleed, MOST_BLEED } from '../files/style-metadata.js';
import { encodeStyleTensors } from '../files/style-tensors.js';
import { decodeUpscaling, encodeUpscaling, isUpscaleMetadata } from '../files/upscale-file.js';
import { describeModel } from '../graph/model.js';
import { requireFolderFor, writeFileAtomically } from '../node/media/files.js';
import { readStyleFile } from '../node/shipped.js';
import { type JobOptions, reporter } from './job.js';
import { requireNewFile } from './training-files.js';

/** Formats of `exportStyle`, each with the extension of its files. */
const FORMATS = { onnx: '.onnx', safetensors: '.safetensors' } as const;

/** A format of `exportStyle`; `safetensors` holds the parameters alone. */
export type ExportFormat = keyof typeof FORMATS;

/** Options of `exportStyle`. */
export interface ExportStyleOptions extends EncodeStyleOptions {
  /**
   * A shipped style, or an .onnx file made by this program; `many.onnx:wave=0.6,scream=0.4` becomes a style of its own.
   */
  style: string;
  /** The file to write (.onnx or .safetensors). */
  out: string;
  /** By the extension of `out` by default, with which it must agree. */
  format?: string;
  /** Pixels that the network sees the picture continued by on every side, against a frame at its border. */
  bleed?: number;
  /** Replaces a file that is there already. */
  force?: boolean;
}

const LARGEST_SIDE = 16_384;

/**
 * Writes a style file of this program anew. Of a network of many paintings one painting or a mixture becomes a style of
 * its own.
 *
 * @throws FnsError when the style cannot be read or an option makes no sense.
 */
export async function exportStyle(options: ExportStyleOptions, job: JobOptions = {}): Promise<void> {
  const { style, out, half, size, bleed, force } = options;
  const format = formatOf(out, options.format);
  if (size && format === 'safetensors') {
    throw usage('a size is for onnx: a safetensors file holds parameters and no network');
  }
  for (const side of size ? [size.width, size.height] : []) {
    if (!Number.isInteger(side) || side < 1 || side > LARGEST_SIDE)
      throw badOption('size', `sides are whole numbers from 1 to ${LARGEST_SIDE}, got ${side}`);
  }
  await requireFolderFor(out);
  const { bytes, label, mix } = await readStyleFile(style);
  let written: Uint8Array;
  if (isUpscaling(bytes)) {
    if (format !== 'onnx' || size || mix || bleed !== undefined) {
      throw usage(`${label} is a super-resolution network: only half precision can be chosen`);
    }
    written = encodeUpscaling(decodeUpscaling(bytes, label), { half });
  } else {
    const whole = decodeStyle(bytes, label);
    const chosen = withBleed(mix ? mixedStyle(whole, mix, label) : whole, bleed);
    written = format === 'onnx' ? encodeStyle(chosen, { half, size }) : encodeStyleTensors(chosen, { half });
  }
  await requireNewFile(out, force);
  await writeFileAtomically(out, written);
  reporter(job).file(out);
}

/** The style with its pictures continued by so many pixels; as it is without a number. */
function withBleed({ info, parameters }: Style, bleed: number | undefined): Style {
  if (bleed === undefined) return { info, parameters };
  if (!isBleed(bleed, info.architecture))
    throw badOption('bleed', `a multiple of 4 from 0 to ${MOST_BLEED} is needed, got ${bleed}`);
  return { info: { ...info, bleed }, parameters };
}

function isUpscaling(bytes: Uint8Array): boolean {
  try {
    return isUpscaleMetadata(describeModel(bytes).metadata);
  } catch {
    // What it is instead is told by who reads it.
    return false;
  }
}

/** The format that is asked for, by its name or by the extension of the file, which must agree. */
function formatOf(out: string, name: string | undefined): ExportFormat {
  const known = Object.keys(FORMATS) as ExportFormat[];
  const extension = extname(out).toLowerCase();
  const format = known.find((f) => (name === undefined ? FORMATS[f] === extension : f === name));
  if (!format) {
    throw name === undefined
      ? badOption('out', `a file that ends in ${Object.values(FORMATS).join(' or ')} is needed, got '${out}'`)
      : badOption('format', `one of ${known.join(', ')} is needed, got '${name}'`);
  }
  if (extension !== FORMATS[format]) {
    throw badOption('out', `a file that ends in ${FORMATS[format]} is needed for ${format}, got '${out}'`);
  }
  return format;
}
