/** Standard input and output as files. */
import { usage } from '../../core/errors.js';
import { writeFailure } from './files.js';

/** The name that stands for standard input, and for standard output. */
export const STANDARD = '-';

/**
 * Reads standard input to its end.
 *
 * @throws FnsError (usage) when it is a terminal, where nobody would type a picture.
 */
export async function readStandardInput(): Promise<Uint8Array> {
  if (process.stdin.isTTY) throw usage('standard input is a terminal: pipe a picture into it');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Stops reading standard input: its writer may never close it, and that would keep the program alive. */
export function closeStandardInput(): void {
  process.stdin.destroy();
}

/** Writes bytes to standard output. */
export async function writeStandardOutput(bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(bytes, (error) => {
      if (error) reject(writeFailure('standard output', error));
      else resolve();
    });
  });
}
