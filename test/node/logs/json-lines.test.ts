import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJsonLines } from '../../../src/node/logs/json-lines.js';
import { newFolder } from '../../cli/fns.js';

async function written(before: string | undefined, resumedAt: number): Promise<string> {
  const path = join(await newFolder(), 'log.jsonl');
  if (before !== undefined) await writeFile(path, before);
  const log = await openJsonLines(path, { resumedAt });
  await log.line(99, { total_loss: 0.5, painting: undefined });
  await log.close();
  return readFile(path, 'utf8');
}

const LINES = '{"step":10,"a":1}\n{"step":20,"a":2}\n{"step":30,"a":3}\n';
const TWO = '{"step":10,"a":1}\n{"step":20,"a":2}\n';
const NEW = '{"step":99,"total_loss":0.5}\n';

test.each([
  ['a new file', undefined, 0, NEW],
  ['steps after the resumed one go', LINES, 20, TWO + NEW],
  ['a step between logged ones', LINES, 29, TWO + NEW],
  ['nothing later: all stays', LINES, 40, LINES + NEW],
  ['a new training begins anew', LINES, 0, NEW],
  ['a line that was cut goes', `${LINES}{"step":40,"a`, 100, LINES + NEW],
  ['a foreign line stays', `# my note\n${LINES}`, 100, `# my note\n${LINES}${NEW}`],
])('%s', async (_, before, resumedAt, after) => {
  expect(await written(before, resumedAt)).toBe(after);
});
