/** Networks whose pictures are compared: styles of ours and networks of others, each under a short name. */
import { usage } from '../core/errors.js';
import { sha256 } from '../core/sha256.js';
import { parseStyleName } from '../files/mixture.js';
import { encodeStyle } from '../files/style-file.js';
import { importStyleFile } from '../node/network-files.js';
import { readStyleFile, type StyleBytes, shippedStyles } from '../node/shipped.js';
import { loadStyle, type StyleOptions } from '../node/styles.js';
import type { Stylizer } from '../stylize/stylizer.js';

/** A network that is compared, loaded. */
export interface JudgedNetwork {
  /** The end of its path that tells it from the others, without the extension. */
  name: string;
  /** A rival: one that the styles are compared with. */
  isRival: boolean;
  /** SHA-256 of its content and of the mixture of its paintings. */
  sha256: string;
  stylizer: Stylizer;
}

/**
 * Loads styles, and rivals that may be networks of other programs: any ONNX style network as it is, everything else
 * that can be imported.
 *
 * @throws FnsError naming what cannot be loaded, or is given twice.
 */
export async function openJudgedNetworks(
  { styles, against }: { styles: readonly string[]; against: readonly string[] },
  options: StyleOptions,
): Promise<JudgedNetwork[]> {
  const paths = [...styles, ...against];
  const names = shortNames(paths);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw usage(`'${twice}' is given twice`);
  const opened: JudgedNetwork[] = [];
  try {
    for (const [i, path] of paths.entries()) {
      const isRival = i >= styles.length;
      const { bytes, mix } = await (isRival ? readRival(path) : readStyleFile(path));
      const stylizer = await loadStyle([{ style: bytes, mix, label: names[i]! }], options);
      const digest = await sha256(bytes);
      const digestWithMix = mix ? `${digest}:${JSON.stringify(mix)}` : digest;
      opened.push({ name: names[i]!, isRival, sha256: digestWithMix, stylizer });
    }
  } catch (error) {
    await closeJudgedNetworks(opened);
    throw error;
  }
  return opened;
}

/** Frees the memory of networks. */
export async function closeJudgedNetworks(networks: readonly JudgedNetwork[]): Promise<void> {
  for (const { stylizer } of networks) await stylizer.close();
}

/** A style as anywhere, or what can be imported as one. */
async function readRival(text: string): Promise<StyleBytes> {
  const { file } = parseStyleName(text);
  if (file.endsWith('.onnx') || (await shippedStyles()).includes(file)) return readStyleFile(text);
  return { bytes: encodeStyle(await importStyleFile(text)), label: text };
}

const EXTENSION = /\.(onnx|pth|pt|model|ckpt|safetensors)$/i;

/**
 * The shortest ends of paths that tell them apart, without their extensions: `wave` and `mine/wave`. The whole path
 * where even that is another's.
 */
export function shortNames(paths: readonly string[]): string[] {
  const ends = paths.map((path) => {
    const parts = path.replace(EXTENSION, '').split(/[/\\]/).filter(Boolean);
    return [...parts.map((_, i) => parts.slice(parts.length - 1 - i).join('/')), path];
  });
  return ends.map((own, i) => {
    const isOthers = (end: string) => ends.some((other, j) => j !== i && other.includes(end));
    // A shipped style has no longer name.
    return own.find((end) => !isOthers(end)) ?? own[0]!;
  });
}
