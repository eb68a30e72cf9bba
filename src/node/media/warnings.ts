/** libvips' warnings, such as those of libjpeg about a damaged file. */
import type { Sharp } from 'sharp';

/** Those that are told of warnings now. */
const listeners = new Set<(text: string) => void>();

/**
 * Does something with pictures and tells of the warnings of libvips meanwhile. They wait in one queue of the process,
 * which whatever pipeline ends next empties, perhaps that of another picture (see `hearWarnings`).
 *
 * @param tell told each warning's first line, without the name of the library's part
 */
export async function withWarnings<Result>(
  tell: (text: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const listener = (text: string) => {
    const plain = text
      .trim()
      .replace(/^\w+: /, '')
      .split('\n')[0]!;
    // These say only that there are others.
    if (!/^read gave \d+ warnings$|^error in tile/.test(plain)) tell(plain);
  };
  listeners.add(listener);
  try {
    return await work();
  } finally {
    listeners.delete(listener);
  }
}

/** Passes on the warnings that a pipeline finds when it ends. */
export function hearWarnings(picture: Sharp): Sharp {
  return picture.on('warning', (text: string) => {
    for (const listener of listeners) listener(text);
  });
}
