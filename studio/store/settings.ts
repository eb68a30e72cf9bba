/** Settings of the page, small enough for localStorage. Without storage (private windows) they last as long as the page. */

/** What is remembered. */
export interface Settings {
  theme?: 'light' | 'dark';
  language?: 'en' | 'zh';
  /** Where full pictures are drawn. */
  place?: 'device' | 'server';
  /** The token of the service that serves the page. */
  token?: string;
}

/** A setting, if it was made before. */
export function readSetting<K extends keyof Settings>(key: K): Settings[K] | undefined {
  try {
    return (localStorage.getItem(key) as Settings[K] | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a setting. */
export function writeSetting<K extends keyof Settings>(key: K, value: NonNullable<Settings[K]>): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Nothing to do: it holds until the page is closed.
  }
}

/** Forgets a setting. */
export function removeSetting(key: keyof Settings): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
