import { unzipSync } from 'fflate';
import { FnsError, failure } from '../core/errors.js';

/** Far beyond what a file of ours needs: a state_dict has about seventy entries. */
const MOST_ENTRIES = 10_000;
/** The most bytes that one entry may unpack to. */
const MOST_BYTES = 512 * 2 ** 20;
/** Deflate makes nothing smaller than this share, by the way it is built. */
const DEFLATE_LIMIT = 1032;

/**
 * The entries of a zip file by name, each unpacked when it is asked for.
 *
 * @param label the name of the file in errors
 * @throws FnsError when the file is damaged, or an entry claims to be larger than it can be or than 512 MiB (a "zip
 * bomb").
 */
export function openZip(
  bytes: Uint8Array,
  label: string,
): { names: string[]; read: (name: string) => Uint8Array | undefined } {
  const walk = (wanted?: string): { names: string[]; files: Record<string, Uint8Array> } => {
    const names: string[] = [];
    const bad = (what: string): FnsError => failure(`${label}: not a readable zip file: ${what}`);
    try {
      const files = unzipSync(bytes, {
        filter: ({ name, size, originalSize, compression }) => {
          names.push(name);
          if (names.length > MOST_ENTRIES) throw bad(`it claims more than ${MOST_ENTRIES} entries`);
          if (name !== wanted) return false;
          const room = compression === 0 ? size : DEFLATE_LIMIT * (size + 1);
          if (size > bytes.length || originalSize > room || originalSize > MOST_BYTES) {
            throw bad(
              `the entry ${JSON.stringify(name.slice(0, 80))} claims ${originalSize} bytes in ${size}`,
            );
          }
          return true;
        },
      });
      return { names, files };
    } catch (error) {
      if (error instanceof FnsError) throw error;
      throw failure(`${label}: not a readable zip file (is it cut short?)`, error);
    }
  };
  const { names } = walk();
  return {
    names,
    read: (name) => {
      const { files } = walk(name);
      return Object.hasOwn(files, name) ? files[name] : undefined;
    },
  };
}
