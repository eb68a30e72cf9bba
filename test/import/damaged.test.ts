import { describe, expect, test } from 'vitest';
import { FnsError } from '../../src/core/errors.js';
import { encodeStyleTensors } from '../../src/files/style-tensors.js';
import { importStyle } from '../../src/import/import-style.js';
import { readTable } from '../../src/import/leveldb-table.js';
import { goldenParameters } from '../golden/state.js';
import { mutated } from '../mutation.js';
import { goldenFile, lengstromFolder, lengstromVariables } from './golden-networks.js';
import { writeCheckpoint, writeOldCheckpoint, writeTable } from './tensorflow-writer.js';

/** Sources to damage: the damaged file, and what stays whole beside it. */
const SOURCES: [string, Map<string, Uint8Array>, string][] = [
  ...['zip.pth', 'legacy.model', 'opset9.onnx', 'opset11.onnx'].map(
    (file) => [file, new Map([[file, goldenFile(file)]]), file] as [string, Map<string, Uint8Array>, string],
  ),
  ['a manifest', lengstromFolder(), 'manifest.json'],
  ['the index of a checkpoint', writeCheckpoint('x', lengstromVariables()), 'x.index'],
  ['the data of a checkpoint', writeCheckpoint('x', lengstromVariables()), 'x.data-00000-of-00001'],
  ['an old checkpoint', new Map([['x.ckpt', writeOldCheckpoint(lengstromVariables())]]), 'x.ckpt'],
  [
    'safetensors',
    new Map([
      [
        'x.safetensors',
        encodeStyleTensors({
          info: {
            name: 'x',
            architecture: 'modern',
            width: 4,
            steps: 0,
            seed: 0,
            lossNetwork: '',
            config: '{}',
            licence: '',
          },
          parameters: goldenParameters('modern'),
        }),
      ],
    ]),
    'x.safetensors',
  ],
];
const EACH = 40;

/** Imports, and fails unless that ends soon in a style or an error of one line. */
function attempt(source: ReadonlyMap<string, Uint8Array>, what: string): 'imported' | 'refused' {
  const before = process.memoryUsage();
  const start = performance.now();
  let outcome: 'imported' | 'refused' = 'imported';
  try {
    importStyle(source, { label: 'x' });
  } catch (error) {
    outcome = 'refused';
    expect(error, `${what}: ${(error as Error).stack}`).toBeInstanceOf(FnsError);
    expect((error as FnsError).message, what).toMatch(/^x[:, ][^\n]{5,400}$/);
    expect((error as FnsError).kind).toBe('failure');
  }
  expect(performance.now() - start, what).toBeLessThan(2000);
  expect(process.memoryUsage().arrayBuffers - before.arrayBuffers, what).toBeLessThan(50e6);
  return outcome;
}

describe(`${SOURCES.length * EACH} damaged files: each is imported or refused in one line, soon and without much memory`, () => {
  test.each(SOURCES)('%s', (_, files, victim) => {
    const whole = files.get(victim)!;
    let refused = 0;
    for (let seed = 0; seed < EACH; seed++) {
      const source = new Map([...files, [victim, mutated(whole, 1000 + seed)]]);
      if (attempt(source, `seed ${seed}`) === 'refused') refused++;
    }
    expect(refused).toBeGreaterThan(5);
  });

  test.each(SOURCES)('%s, with lengths that it cannot have', (_, files, victim) => {
    const whole = files.get(victim)!;
    for (let at = 0; at < Math.min(400, whole.length); at += 5) {
      const damaged = whole.slice().fill(0xff, at, at + 1 + (at % 8));
      attempt(new Map([...files, [victim, damaged]]), `at ${at}`);
    }
  });

  // Checksums keep most damage from what a table holds; here they are right and the values are not.
  test.each(SOURCES.filter(([, , victim]) => /index|ckpt/.test(victim)))(
    '%s, with right checksums',
    (_, files, victim) => {
      const entries = readTable(files.get(victim)!, 'x');
      let refused = 0;
      for (let seed = 0; seed < 100; seed++) {
        const damaged = entries.map(({ key, value }, i) => {
          return [key, i === seed % entries.length ? mutated(value, seed) : value] as [
            Uint8Array,
            Uint8Array,
          ];
        });
        const source = new Map([...files, [victim, writeTable(damaged)]]);
        if (attempt(source, `seed ${seed}`) === 'refused') refused++;
      }
      expect(refused).toBeGreaterThan(20);
    },
  );
});
