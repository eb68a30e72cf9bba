/** The shape of the source as a whole: no circles between files, no long files. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
const text = (file: string) => readFileSync(join(src, file), 'utf8');

/**
 * The files whose code a file runs before its own. Imports and exports of types only are left out: they leave no trace
 * in JavaScript.
 */
function codeImports(file: string): string[] {
  const statements = text(file).matchAll(/^(?:import|export)\s+(?!type\s)[^;]*?from '(\.[^']+)';/gm);
  return [...statements].map((m) =>
    relative(src, resolve(src, dirname(file), m[1]!)).replace(/\.js$/, '.ts'),
  );
}

/** One circle of each knot of files, as a path whose first and last files are the same. */
function circles(next: (file: string) => string[]): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: string[]) => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    for (const target of next(file)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}

test('the search for circles finds one', () => {
  const next: Record<string, string[]> = { [files[0]!]: ['b'], b: ['c'], c: ['b'] };
  expect(circles((file) => next[file] ?? [])).toEqual([['b', 'c', 'b']]);
});

test('no file of src imports itself through others', () => {
  expect(files.flatMap(codeImports).length).toBeGreaterThan(400);
  expect(circles(codeImports).map((circle) => circle.join(' -> '))).toEqual([]);
});

test('no file of src has more than 300 lines', () => {
  const long = files.filter((file) => text(file).split('\n').length > 301);
  expect(long).toEqual([]);
});
