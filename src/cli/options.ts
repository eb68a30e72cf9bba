/** Options that several commands have. */
import { type Command, Option } from 'commander';
import { usage } from '../core/errors.js';
import { DEVICES } from '../runtime/session.js';

/**
 * A parser for a numeric option.
 *
 * @throws FnsError (usage) naming the option when the text is no number in the range.
 */
export function numberOption(
  name: string,
  { min = 0, above = false, whole = false, most = Number.MAX_VALUE } = {},
) {
  return (text: string): number => {
    const value = Number(text);
    if (value > most) throw usage(`${name} can be ${most} at most, got '${text}'`);
    const fits = text.trim() !== '' && Number.isFinite(value) && (above ? value > min : value >= min);
    if (!fits || (whole && !Number.isInteger(value))) {
      const kind = whole ? 'a whole number' : 'a number';
      throw usage(`${name} needs ${kind} ${above ? 'above' : 'of at least'} ${min}, got '${text}'`);
    }
    return value;
  };
}

/** A parser for a whole number from 1 on. */
export function countOption(name: string) {
  return numberOption(name, { above: true, whole: true });
}

/** A parser for `--threads`. */
export const threadsOption = numberOption('--threads', { above: true, whole: true, most: 1024 });

const BYTES: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A parser for an amount of memory, such as 2GB, 512 MB or 1.5g, as bytes. */
export function memoryOption(name: string) {
  return (text: string): number => {
    const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?\s*$/i.exec(text) ?? [];
    const bytes = Number(number) * BYTES[(unit ?? '').toLowerCase()]!;
    if (!(bytes > 0)) throw usage(`${name} needs an amount of memory such as 2GB or 512MB, got '${text}'`);
    return bytes;
  };
}

/** A parser for a list separated by commas. */
export function listOption(text: string): string[] {
  return text.split(',').filter((part) => part !== '');
}

/** A parser for a list of numbers, separated by commas, each as in `numberOption`. */
export function numberListOption(name: string, limits: Parameters<typeof numberOption>[1] = {}) {
  return (text: string): number[] => text.split(',').map(numberOption(name, limits));
}

/** An option whose text `parse` turns into its value. */
export function option(
  flags: string,
  description: string,
  parse?: (text: string) => unknown,
  byDefault?: unknown,
): Option {
  const made = new Option(flags, description);
  if (parse) made.argParser(parse);
  return byDefault === undefined ? made : made.default(byDefault);
}

/** An option that is one of some words. */
export function choice(
  flags: string,
  description: string,
  words: readonly string[],
  byDefault?: string,
): Option {
  const made = new Option(flags, description).choices(words);
  return byDefault === undefined ? made : made.default(byDefault);
}

/** `--device` and `--threads`. */
export function deviceOptions(): Option[] {
  return [
    choice('--device <name>', 'where it is computed', DEVICES, 'auto'),
    option('--threads <n>', 'CPU threads (default: all cores)', threadsOption),
  ];
}

/** `--loss-network` and `--loss-input`. */
export function lossNetworkOptions(byDefault: string): Option[] {
  return [
    option(
      '--loss-network <name>',
      'vgg16, vgg19, or the .onnx file of any network of pictures',
      undefined,
      byDefault,
    ),
    option(
      '--loss-input <name>',
      'how an .onnx loss network wants its pictures: imagenet, vgg (caffe), plain or unit (default: imagenet)',
    ),
  ];
}

/** `--weights`. */
export function weightsOption(): Option {
  return option('--weights <file>', 'VGG weights (.safetensors or Keras .h5) instead of the installed ones');
}

/** `--seed`. */
export function seedOption(of: string): Option {
  return option('--seed <n>', `seed of ${of}`, numberOption('--seed', { whole: true }), 0);
}

/** `--quality`. */
export function qualityOption(): Option {
  return option('--quality <n>', 'JPEG, WebP and AVIF quality, 1 to 100', countOption('--quality'), 92);
}

/** Options of commands that make one picture of each photo. */
export function pictureOptions(): Option[] {
  return [
    option(
      '--format <extension>',
      'format of pictures written into a folder: jpg, png, webp, avif, tiff, gif (default: as the photo)',
    ),
    qualityOption(),
    option(
      '--keep-profile',
      'keep the photo’s colour profile and its colours as they are, instead of converting them to sRGB',
    ),
    option('--keep-metadata', 'keep the photo’s EXIF and XMP data (EXIF not in TIFF, neither in GIF)'),
    option(
      '--force',
      'make pictures of a folder anew that are finished; without, a second run makes only what is missing, what changed and what had other options',
    ),
  ];
}

/** `--channel-order` and `--range`, of commands that take networks of other projects. */
export function pixelFormatOptions(): Option[] {
  return [
    choice(
      '--channel-order <order>',
      'rgb or bgr: the channel that a network of another project has first (default: as the file says, or a guess)',
      ['rgb', 'bgr'],
    ),
    option(
      '--range <n>',
      'pixels of a network of another project: 255 (0 to 255), 1 (0 to 1) or -1 (-1 to 1) (default: likewise)',
      numberOption('--range', { min: -1, whole: true }),
    ),
  ];
}

/** `--depth`. */
export function depthOption(): Option {
  return option(
    '--depth <bits>',
    'bits of a channel: 8, or 16 in PNG and TIFF; a photo of 16 bits is then read with them',
    countOption('--depth'),
    8,
  );
}

/** Adds options to a command. */
export function withOptions(command: Command, options: readonly Option[]): Command {
  for (const each of options) command.addOption(each);
  return command;
}
