/** Options of what a style makes of a picture, of the commands that apply one. */
import { Option } from 'commander';
import { COLOURS } from '../stylize/looks.js';
import { choice, memoryOption, numberOption, option } from './options.js';

/**
 * `--style`, `--strength`, `--stroke-size`, `--colours`, `--mask` and `--mask-style`.
 *
 * @param of what the style is applied to: `photo`, `video`
 */
export function lookOptions(of: string): Option[] {
  return [
    new Option(
      '-s, --style <style>',
      'a shipped style (`fns styles` lists them) or an .onnx file, FILE:NAME of a file of many paintings; several as STYLE=0.7,STYLE=0.3',
    ).makeOptionMandatory(),
    option('--strength <x>', `1: the style, 0: the ${of}, between: between`, numberOption('--strength'), 1),
    option(
      '--stroke-size <x>',
      'strokes so many times as large as the style draws them, 0.5 to 4: for large pictures, or a coarser or finer look',
      numberOption('--stroke-size'),
      1,
    ),
    choice(
      '--colours <whose>',
      `style: the style's; photo: the ${of}'s, with the light and dark of the style; match: the style's, changed so that as a whole they are the ${of}'s`,
      COLOURS,
      'style',
    ),
    option(
      '--mask <file>',
      `a picture, stretched to the ${of}: the style where it is white, the ${of} where it is black or transparent`,
    ),
    option('--mask-style <style>', `the style of what the mask leaves, instead of the ${of}`),
  ];
}

/** `--memory` and `--tiles`. */
export function memoryOptions(): Option[] {
  return [
    option(
      '--memory <size>',
      'draw pictures that need more in strips (default: a quarter of the machine’s)',
      memoryOption('--memory'),
    ),
    choice(
      '--tiles <how>',
      'how these are drawn: exact, the same as the whole picture; fast, with the statistics of a smaller one; off, whole after all',
      ['exact', 'fast', 'off'],
      'exact',
    ),
  ];
}
