import { decodeStyle } from '../files/style-file.js';
import type { StyleInfo } from '../files/style-metadata.js';
import { readStyleFile, shippedStyles } from '../node/shipped.js';

/** A shipped style. */
export interface ListedStyle extends Pick<StyleInfo, 'architecture' | 'width' | 'steps' | 'paintings'> {
  /** As `stylize` takes it. */
  name: string;
  bytes: number;
}

/** Lists the styles that come with the package. */
export async function listStyles(): Promise<ListedStyle[]> {
  const names = await shippedStyles();
  return Promise.all(
    names.map(async (name) => {
      const { bytes, label } = await readStyleFile(name);
      const { architecture, width, steps, paintings } = decodeStyle(bytes, label).info;
      return { name, architecture, width, steps, bytes: bytes.length, ...(paintings && { paintings }) };
    }),
  );
}
