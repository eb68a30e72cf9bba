/** The results of an evaluation: kept after each of its parts, so that one that was stopped goes on where it was. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../node/media/files.js';

/** Results by the names of the parts of an evaluation. */
export interface EvaluationResults<Part> {
  /** A part's result: from an earlier run, or computed now and kept. */
  part(name: string, compute: () => Promise<Part>): Promise<Part>;
  /** Tells whether a part is there already. */
  has(name: string): boolean;
}

/**
 * Opens `FOLDER/NAME.parts.json`. What is there of another evaluation is forgotten. Without a folder nothing is kept.
 *
 * @param of what the results depend on besides the part's name; JSON
 */
export async function openResults<Part>(
  folder: string | undefined,
  name: string,
  of: unknown,
): Promise<EvaluationResults<Part>> {
  const path = folder === undefined ? undefined : join(folder, `${name}.parts.json`);
  const key = JSON.stringify(of);
  let parts: Record<string, Part> = {};
  try {
    const found = path === undefined ? undefined : JSON.parse(await readFile(path, 'utf8'));
    if (found?.key === key) parts = found.parts;
  } catch {
    // Nothing there, or nothing of ours: all is computed.
  }
  return {
    has: (name) => name in parts,
    async part(name, compute) {
      parts[name] ??= await compute();
      if (path !== undefined) await writeFileAtomically(path, JSON.stringify({ key, parts }));
      return parts[name]!;
    },
  };
}

/** A table in Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
