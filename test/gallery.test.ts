import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Measures } from '../gallery/measures.js';
import { decodeStyle } from '../src/files/style-file.js';
import { shippedStyles } from '../src/node/shipped.js';

test('the gallery shows what each shipped style of one painting measures', async () => {
  const names: string[] = [];
  for (const name of await shippedStyles()) {
    const bytes = await readFile(new URL(`../models/${name}.onnx`, import.meta.url));
    if (!decodeStyle(new Uint8Array(bytes), name).info.paintings) names.push(name);
  }
  const measures = await readFile(new URL('../gallery/measures.json', import.meta.url), 'utf8');
  const { styles }: Measures = JSON.parse(measures);
  expect(Object.keys(styles)).toEqual(names.toSorted());
  const page = await readFile(new URL('../docs/gallery.md', import.meta.url), 'utf8');
  for (const [name, { content, style }] of Object.entries(styles)) {
    expect(page).toContain(`| ${name} | ${content.toFixed(3)} | ${style.toFixed(3)} |`);
  }
});
