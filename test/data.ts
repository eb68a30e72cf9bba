import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = process.env.FNS_DATA ?? fileURLToPath(new URL('../../shared/data', import.meta.url));

/** The folder with photos, paintings and VGG weights: FNS_DATA, or `shared/data` beside the repository. */
export const dataDir: string | undefined = existsSync(folder) ? folder : undefined;

/**
 * True when the data folder is there. Otherwise says that `what` is skipped, or, where CI is set, throws: a test
 * that silently never runs protects nothing.
 */
export function requireData(what: string): boolean {
  if (dataDir !== undefined) return true;
  const message = `${what}: needs the data folder, which is not at ${folder} (set FNS_DATA)`;
  if (process.env.CI) throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}
