import { extname } from 'node:path';
import { Command } from 'commander';
import { usage } from '../core/errors.js';
import { mixedStyle } from '../files/mixture.js';
import { decodeStyle, type EncodeStyleOptions, encodeStyle, type Style } from '../files/style-file.js';
import { isBleed, MOST_BLEED } from '../files/style-metadata.js';
import { encodeStyleTensors } from '../files/style-tensors.js';
import { decodeUpscaling, encodeUpscaling, isUpscaleMetadata } from '../files/upscale-file.js';
import { describeModel } from '../graph/model.js';
import { requireFolderFor, writeFileAtomically } from '../node/media/files.js';
import { readStyleFile } from '../node/shipped.js';
import { numberOption } from './options.js';

/** Formats of `fns export`, each with the extension of its files. */
const FORMATS = { onnx: '.onnx', safetensors: '.safetensors' } as const;
type Format = keyof typeof FORMATS;

interface ExportFlags {
  out: string;
  format?: string;
  half?: boolean;
  size?: EncodeStyleOptions['size'];
  bleed?: number;
}

/** `fns export`: writes a style file anew: in half precision, for one size, as safetensors. */
export function exportCommand(): Command {
  return new Command('export')
    .summary('write a style file anew: half the size, one fixed picture size, or as safetensors')
    .description(
      'Write a style file of this program anew. Of a network of many paintings one painting or a mixture becomes a style of its own.',
    )
    .argument(
      '<style>',
      'a shipped style or an .onnx file made by this program; many.onnx:wave for one painting of many',
    )
    .requiredOption('-o, --out <file>', 'the file to write (.onnx or .safetensors)')
    .option('--half', 'store the parameters as half floats: half the size, the same pictures to the eye')
    .option(
      '--size <HxW>',
      'take pictures of this height and width only (one number: a square), for runtimes that want fixed shapes',
      parseSize,
    )
    .option(
      '--bleed <pixels>',
      `let the network see the picture continued by so many pixels on every side, against a frame at its border: a multiple of 4 up to ${MOST_BLEED} (fns train: 16; more for one trained very long)`,
      numberOption('--bleed', { whole: true }),
    )
    .option(
      '--format <name>',
      'onnx, or safetensors: the parameters alone (default: by the extension of --out)',
    )
    .addHelpText(
      'after',
      `
Examples:
  fns export painting.onnx --half -o painting-half.onnx
  fns export wave --size 480x640 -o wave-480x640.onnx
  fns export wave --format safetensors -o wave.safetensors
  fns export mine.onnx --bleed 32 -o frameless.onnx
  fns export many.onnx:wave=0.6,scream=0.4 -o mixture.onnx`,
    )
    .action(async (style: string, { out, half, size, bleed, ...flags }: ExportFlags) => {
      const format = formatOf(out, flags.format);
      if (format === 'safetensors' && size) {
        throw usage('--size is for onnx: a safetensors file holds parameters and no network');
      }
      await requireFolderFor(out);
      const { bytes, label, mix } = await readStyleFile(style);
      if (isUpscaling(bytes)) {
        if (format !== 'onnx' || size || mix || bleed !== undefined) {
          throw usage(`${label} is a super-resolution network: it can be exported with --half only`);
        }
        await writeFileAtomically(out, encodeUpscaling(decodeUpscaling(bytes, label), { half }));
        console.log(out);
        return;
      }
      const whole = decodeStyle(bytes, label);
      const chosen = withBleed(mix ? mixedStyle(whole, mix, label) : whole, bleed);
      const written =
        format === 'onnx' ? encodeStyle(chosen, { half, size }) : encodeStyleTensors(chosen, { half });
      await writeFileAtomically(out, written);
      console.log(out);
    });
}

/** The style with its pictures continued by so many pixels; as it is without a number. */
function withBleed({ info, parameters }: Style, bleed: number | undefined): Style {
  if (bleed === undefined) return { info, parameters };
  if (!isBleed(bleed, info.architecture))
    throw usage(`--bleed is a multiple of 4 from 0 to ${MOST_BLEED}, got '${bleed}'`);
  return { info: { ...info, bleed }, parameters };
}

/** Whether a file is a super-resolution network of ours. */
function isUpscaling(bytes: Uint8Array): boolean {
  try {
    return isUpscaleMetadata(describeModel(bytes).metadata);
  } catch {
    // What it is instead is told by who reads it.
    return false;
  }
}

/** The format that is asked for, by `--format` or by the extension of `--out`, which must agree. */
function formatOf(out: string, name: string | undefined): Format {
  const known = Object.keys(FORMATS) as Format[];
  const extension = extname(out).toLowerCase();
  const format = known.find((f) => (name === undefined ? FORMATS[f] === extension : f === name));
  if (!format) {
    throw name === undefined
      ? usage(`--out must end in ${Object.values(FORMATS).join(' or ')}, got '${out}'`)
      : usage(`unknown format '${name}': one of ${known.join(', ')} is needed`);
  }
  if (extension !== FORMATS[format]) {
    throw usage(`--out must end in ${FORMATS[format]} for --format ${format}, got '${out}'`);
  }
  return format;
}

const LARGEST_SIDE = 16_384;

/** `480x640` (height, width), or `512` for a square. */
function parseSize(text: string): { width: number; height: number } {
  const found = /^(\d+)(?:x(\d+))?$/i.exec(text);
  const [height, width] = [Number(found?.[1]), Number(found?.[2] ?? found?.[1])];
  const fits = (side: number) => side >= 1 && side <= LARGEST_SIDE;
  if (!fits(height) || !fits(width)) {
    throw usage(
      `--size needs HxW or one number, each from 1 to ${LARGEST_SIDE}, such as 480x640, got '${text}'`,
    );
  }
  return { width, height };
}
