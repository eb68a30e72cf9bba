import { type AppendFile, openAppendFile } from './append-file.js';

/** A file of JSON objects, one a line, each of a step. */
export interface JsonLines {
  readonly path: string;
  /**
   * Adds `{ step, ...values }`. Throws FnsError when the line could not be written; nothing of it is then in the file.
   */
  line(step: number, values: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file of JSON lines to add to it, made where missing. It is cut off before its first line of a step after
 * `resumedAt`, because these steps are done again, and a last line that a killed program left unfinished goes too.
 *
 * @throws FnsError when the file cannot be opened.
 */
export async function openJsonLines(path: string, { resumedAt = 0 } = {}): Promise<JsonLines> {
  const file: AppendFile = await openAppendFile(path, { keep: (bytes) => keptLength(bytes, resumedAt) });
  return {
    path,
    line: (step, values) => file.append(Buffer.from(`${JSON.stringify({ step, ...values })}\n`)),
    close: () => file.close(),
  };
}

/** The bytes before the first line of a step after `last`, and before a line without an end. */
function keptLength(bytes: Buffer, last: number): number {
  let start = 0;
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start)) {
    if (stepOf(bytes.toString('utf8', start, end)) > last) break;
    start = end + 1;
  }
  return start;
}

/** The step of a line; 0 for a line that is not ours. */
function stepOf(line: string): number {
  try {
    return Number(JSON.parse(line)?.step ?? 0);
  } catch {
    return 0;
  }
}
