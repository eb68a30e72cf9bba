/** Mixtures of the paintings in one network: how they are written, and what they are for the network. */
import { usage } from '../core/errors.js';
import { rowLength, unpackRow } from '../nets/rows.js';
import type { Style } from './style-file.js';

/** Shares of paintings by name, at least 0 each; they are divided by their sum. */
export type Mixture = Readonly<Record<string, number>>;

/**
 * Splits `many.onnx:wave`, `many.onnx:wave=0.6,scream=0.4` and `start:wave` into the file (or shipped name) and the
 * mixture. A name without a share has the share 1.
 *
 * @throws FnsError (usage) when a share is no number from 0 on.
 */
export function parseStyleName(text: string): { file: string; mix?: Mixture } {
  // A drive letter or an address has its colon before a slash; names of paintings have neither.
  const parts = /^(.+?):([^:/\\]+)$/.exec(text);
  if (!parts || /^[a-zA-Z]$/.test(parts[1]!)) return { file: text };
  const mix: Record<string, number> = {};
  for (const part of parts[2]!.split(',')) {
    const [name, share = '1', ...rest] = part.split('=').map((s) => s.trim());
    const value = Number(share);
    if (!name || share === '' || rest.length > 0 || !Number.isFinite(value) || value < 0) {
      throw usage(`'${text}': NAME or NAME=SHARE is needed after the colon, such as wave=0.6,scream=0.4`);
    }
    mix[name] = value;
  }
  return { file: parts[1]!, mix };
}

/** A style of a blend, as it is written. */
export interface BlendPart {
  /** The file, or the shipped name. */
  file: string;
  /** The painting of a file of many. */
  painting?: string;
  /** How much of it; 1 where nothing is written. */
  share: number;
}

/**
 * Splits a blend of any styles: `wave=0.7,starry=0.3`, `wave,mine.onnx`, `wave=0.5,many.onnx:scream=0.3,rain=0.2`. What
 * follows `FILE:NAME` are other paintings of that file, unless it has a colon or looks like a file (a slash in it or
 * `.onnx` at its end). One style alone is a blend of one.
 *
 * @throws FnsError (usage) when a style or its share is missing, or a share is no number from 0 on.
 */
export function parseBlend(text: string): BlendPart[] {
  const parts: BlendPart[] = [];
  for (const part of text.split(',')) {
    const [, style = '', written] = /^\s*(.*?)\s*(?:=([^=]*))?$/.exec(part) ?? [];
    const share = written === undefined ? 1 : Number(written);
    if (style === '' || written?.trim() === '' || !Number.isFinite(share) || share < 0) {
      throw usage(
        parts.some(({ painting }) => painting !== undefined) || parseStyleName(style).mix
          ? `'${text}': NAME or NAME=SHARE is needed after the colon, such as wave=0.6,scream=0.4`
          : `'${text}': STYLE or STYLE=SHARE is needed, such as wave=0.7,starry=0.3`,
      );
    }
    const { file, mix } = parseStyleName(style);
    const before = parts.at(-1);
    const looksLikeFile = /[/\\]|\.onnx$/.test(file);
    if (mix) parts.push({ file, painting: Object.keys(mix)[0]!, share });
    else if (before?.painting !== undefined && !looksLikeFile) {
      parts.push({ file: before.file, painting: file, share });
    } else parts.push({ file, share });
  }
  if (!parts.some(({ share }) => share > 0)) {
    throw usage(`'${text}': the shares of a blend are numbers from 0 on, not all 0`);
  }
  return parts;
}

/**
 * The mixture as the input `mix` `[1, P + 1]` of a network of P paintings: shares of the rows with the sum `strength`,
 * and the rest for the row that gives the photo back.
 *
 * @param label the name of the style in errors
 * @param strength 0 (the photo) to 1
 * @throws FnsError (usage) for an unknown painting, shares that are all 0, or a strength out of range.
 */
export function mixVector(
  paintings: readonly string[],
  mix: Mixture | undefined,
  strength: number,
  label: string,
): Float32Array {
  const known = `one of ${paintings.join(', ')}`;
  if (!mix && paintings.length > 1) {
    throw usage(
      `${label} holds ${paintings.length} paintings: name ${known}, as in ${label.replace(/^style /, '')}:${paintings[0]}`,
    );
  }
  requireStrength(strength);
  const vector = new Float32Array(paintings.length + 1);
  const shares = Object.entries(mix ?? { [paintings[0]!]: 1 });
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  for (const [name, share] of shares) {
    const place = paintings.indexOf(name);
    if (place < 0) throw usage(`${label} has no painting '${name}': ${known} is needed`);
    if (!(share >= 0) || !(sum > 0) || !Number.isFinite(sum)) {
      throw usage(
        `the shares of a mixture are numbers from 0 on, not all 0: got ${shares.map((s) => s.join('=')).join(',')}`,
      );
    }
    vector[place] = (strength * share) / sum;
  }
  vector[paintings.length] = 1 - strength;
  return vector;
}

/**
 * Checks the strength of a style.
 *
 * @throws FnsError (usage) when it is not in 0..1.
 */
export function requireStrength(strength: number): void {
  if (!(strength >= 0 && strength <= 1))
    throw usage(`the strength of a style is a number from 0 to 1, got ${strength}`);
}

/**
 * A mixture as a style of its own, with the same pictures at full strength: to export it, or to train on from it.
 *
 * @throws FnsError (usage) as `mixVector`.
 */
export function mixedStyle(style: Style, mix: Mixture | undefined, label: string): Style {
  const { paintings } = style.info;
  if (!paintings) {
    if (mix) throw usage(`${label} holds one painting only: no name is needed after it`);
    return style;
  }
  return styleOfVector(style, mixVector(paintings, mix, 1, label));
}

/**
 * The network of one painting that a network of many is for one value of its input `mix`, but for the photo's own share
 * in the picture (the vector's last number).
 */
export function styleOfVector({ info, parameters }: Style, vector: Float32Array): Style {
  const { paintings = [], ...own } = info;
  const length = rowLength(info.width);
  const row = new Float32Array(length);
  const addRow = (share: number, numbers: Float32Array) => {
    if (share !== 0) for (let i = 0; i < length; i++) row[i]! += share * numbers[i]!;
  };
  const rows = parameters.get('rows')!.data;
  paintings.forEach((_, p) => {
    addRow(vector[p]!, rows.subarray(p * length, (p + 1) * length));
  });
  addRow(vector[paintings.length]!, parameters.get('identity')!.data);
  const single = new Map([...parameters, ...unpackRow(row, info.width)]);
  single.delete('rows');
  single.delete('identity');
  const names = paintings.filter((_, p) => vector[p]! > 0);
  return { info: { ...own, name: names.join('+') }, parameters: single };
}
