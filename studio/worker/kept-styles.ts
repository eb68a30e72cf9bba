/** The styles that a worker keeps loaded. */
import { loadStyle, type StyleOptions, type Stylizer } from 'fast-neural-style/browser';
import { keptFile } from './kept-files.js';

/** Where a style's bytes are: an address that is kept, or the bytes. */
export interface StyleSource {
  /** Tells styles apart. */
  id: string;
  url?: string;
  bytes?: Uint8Array;
}

/** How many at once. A style of width 32 takes about 30 MB with its session. */
const MOST_STYLES = 3;

/** Loads styles, and closes the one that was used the longest ago when there are too many. */
export class KeptStyles {
  readonly #loaded = new Map<string, Promise<Stylizer>>();

  /** The style, loaded if it is not. */
  async get({ id, url, bytes }: StyleSource, options: StyleOptions): Promise<Stylizer> {
    const found = this.#loaded.get(id);
    if (found) {
      this.#loaded.delete(id);
      this.#loaded.set(id, found);
      return found;
    }
    const [oldest] = this.#loaded;
    if (oldest && this.#loaded.size >= MOST_STYLES) {
      this.#loaded.delete(oldest[0]);
      await (await oldest[1]).close();
    }
    const opened = (async () => loadStyle(bytes ?? (await keptFile(url!)), options))();
    this.#loaded.set(id, opened);
    opened.catch(() => this.#loaded.delete(id));
    return opened;
  }

  /** Forgets a style, whose session is closed. */
  async forget(id: string): Promise<void> {
    const stylizer = this.#loaded.get(id);
    this.#loaded.delete(id);
    await (await stylizer?.catch(() => undefined))?.close();
  }
}
