import { describe, expect, test } from 'vitest';
import { crc32c } from '../../src/core/crc32c.js';
import { importStyle } from '../../src/import/import-style.js';
import { readTable } from '../../src/import/leveldb-table.js';
import { readCheckpoint, readOldCheckpoint } from '../../src/import/tensorflow-checkpoint.js';
import { lengstromFolder, lengstromVariables } from './golden-networks.js';
import { writeCheckpoint, writeOldCheckpoint, writeTable } from './tensorflow-writer.js';

const bytes = (text: string) => new TextEncoder().encode(text);

// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
test.each<[string, Uint8Array, number]>([
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['the digits 1 to 9', bytes('123456789'), 0xe3069283],
])('CRC-32C of %s', (_, data, value) => {
  expect(crc32c(data)).toBe(value);
});

describe('a LevelDB table', () => {
  const entries = Array.from(
    { length: 57 },
    (_, i) =>
      [bytes(`key/${String(i).padStart(3, '0')}/${'x'.repeat(i % 5)}`), bytes(`value ${i}`.repeat(i))] as [
        Uint8Array,
        Uint8Array,
      ],
  );

  test.each([
    [1, 57],
    [16, 57],
    [3, 10],
    [16, 1],
  ])('a whole key every %i, %i entries a block', (restartEvery, entriesPerBlock) => {
    const table = readTable(writeTable(entries, { restartEvery, entriesPerBlock }), 'x');
    expect(table.map(({ key, value }) => [Uint8Array.from(key), Uint8Array.from(value)])).toEqual(entries);
  });

  test('Snappy is refused, by name', () => {
    expect(() => readTable(writeTable(entries, { compression: 1 }), 'x.index')).toThrow(
      'x.index: not a readable checkpoint: its blocks are compressed with Snappy; TensorFlow writes them uncompressed',
    );
  });

  test('a flipped bit in a block does not pass its checksum', () => {
    const table = writeTable(entries);
    for (let at = 0; at < table.length - 400; at += 7) {
      const damaged = table.slice();
      damaged[at]! ^= 4;
      expect(() => readTable(damaged, 'x'), String(at)).toThrow('not a readable checkpoint');
    }
  });
});

describe('checkpoints', () => {
  const variables = lengstromVariables();
  const read = (files: Map<string, Uint8Array>) =>
    readCheckpoint(files.get('x.index')!, (n, count) => files.get(`x.data-0000${n}-of-0000${count}`), 'x');

  test('both versions hold what was written', () => {
    const [v2, v1] = [
      read(writeCheckpoint('x', variables, { shards: 2 })),
      readOldCheckpoint(writeOldCheckpoint(variables), 'x'),
    ];
    expect(v2.get('global_step')!.shape).toEqual([]);
    for (const { name, shape, data } of variables) {
      for (const tensors of [v1, v2]) {
        expect(tensors.get(name)!.shape).toEqual(shape);
        expect(tensors.get(name)!.read()).toEqual(data);
      }
    }
  });

  test('what is missing or damaged is named', () => {
    const files = writeCheckpoint('x', variables, { shards: 2 });
    expect(() => read(files).get('global_step')!.read()).toThrow(
      'global_step [] holds no floating point numbers',
    );
    const [index, first, second] = [...files.keys()] as [string, string, string];
    const lacking = new Map([index, first].map((name) => [name, files.get(name)!]));
    expect(() => importStyle(lacking, { label: 'x' })).toThrow(
      'x: not a readable checkpoint: its data file number 1 (NAME.data-...) is missing',
    );
    const cut = new Map([...files, [second, files.get(second)!.slice(0, 1000)]]);
    expect(() => importStyle(cut, { label: 'x' })).toThrow(
      /Variable_\d+ \[.*\] ends at byte \d+, the data file has 1000/,
    );
    const flipped = new Map([...files, [first, files.get(first)!.with(40, 9)]]);
    expect(() => importStyle(flipped, { label: 'x' })).toThrow('the checksum of Variable does not fit');
    expect(() => importStyle(files.get(index)!, { label: 'x' })).toThrow(
      'it names no variables (a V2 checkpoint is given by its .index file)',
    );
  });
});

describe('raw variables', () => {
  const folder = lengstromFolder();
  const manifest = (content: unknown) =>
    new Map([...folder, ['manifest.json', bytes(JSON.stringify(content))]]);

  test.each<[string, Map<string, Uint8Array>, string]>([
    [
      'no JSON',
      new Map([...folder, ['manifest.json', bytes('{')]]),
      'not a readable manifest.json: it is not JSON',
    ],
    ['a list', manifest([1, 2]), 'it is no list of variables'],
    [
      'a file elsewhere',
      manifest({ Variable: { filename: '../secret', shape: [1] } }),
      'Variable has no file in the same folder',
    ],
    [
      'the folder above',
      manifest({ Variable: { filename: '..', shape: [1] } }),
      'Variable has no file in the same folder',
    ],
    [
      'a strange shape',
      manifest({ Variable: { filename: 'Variable', shape: [-1] } }),
      'Variable has no valid shape',
    ],
    [
      'a cut file',
      new Map([...folder, ['Variable_3', new Uint8Array(7)]]),
      'the file Variable_3 of Variable_3 [3, 3, 4, 8] needs 1152 bytes, it has 7',
    ],
    [
      'a missing file',
      new Map([...folder].filter(([name]) => name !== 'Variable_4')),
      'the file Variable_4 of Variable_4 [8] needs 32 bytes, it is missing',
    ],
  ])('%s', (_, files, reason) => {
    expect(() => importStyle(files, { label: 'wave' })).toThrow(reason);
  });
});
