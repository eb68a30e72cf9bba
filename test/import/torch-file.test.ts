import { strToU8, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { importStyle } from '../../src/import/import-style.js';
import { readTorchFile } from '../../src/import/torch-file.js';
import { goldenFile } from './golden-networks.js';

const fails = (bytes: Uint8Array) => {
  try {
    readTorchFile(bytes, 'x.pth').forEach((tensor) => {
      tensor.read();
    });
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

/** Replaces text in a file by text of the same length. */
function edited(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const at = Buffer.from(bytes).indexOf(from);
  expect(at).toBeGreaterThan(0);
  expect(to).toHaveLength(from.length);
  const result = bytes.slice();
  result.set(strToU8(to), at);
  return result;
}

test('both formats hold the same numbers, whatever their strides, offsets and types', () => {
  const [zip, legacy] = [
    readTorchFile(goldenFile('zip.pth'), 'zip'),
    readTorchFile(goldenFile('legacy.model'), 'legacy'),
  ];
  expect(zip.size).toBe(62);
  expect(legacy.size).toBe(62 + 12);
  for (const [name, tensor] of zip) {
    const other = legacy.get(`module.${name}`)!;
    expect(other.shape).toEqual(tensor.shape);
    // Half floats have 11 significant bits.
    if (name === 'res4.conv1.conv2d.bias') {
      const [a, b] = [tensor.read(), other.read()];
      a.forEach((v, i) => {
        expect(Math.abs(v - b[i]!)).toBeLessThanOrEqual(Math.abs(v) / 2048);
      });
    } else expect(other.read(), name).toEqual(tensor.read());
  }
});

test('a training checkpoint with the state_dict inside, and compressed entries, will do', () => {
  // {'epoch': 3, 'state_dict': {...}}: the golden pickle, wrapped.
  const zip = goldenFile('zip.pth');
  const entries = entriesOf(zip);
  const inner = entries['zip/data.pkl']!;
  const head = strToU8('\x80\x02}(X\x05\0\0\0epochK\x03X\x0a\0\0\0state_dict', true);
  const wrapped = Uint8Array.from([...head, ...inner.subarray(2, -1), 0x75, 0x2e]);
  const style = importStyle(zipSync({ ...entries, 'zip/data.pkl': wrapped }));
  expect(style.parameters).toEqual(importStyle(zip).parameters);
});

describe('damaged or strange files', () => {
  const zip = goldenFile('zip.pth');
  const legacy = goldenFile('legacy.model');

  test.each([
    ['a cut zip file', zip.slice(0, 30_000), 'not a readable zip file'],
    ['a zip file of something else', zipSync({ 'a.txt': strToU8('hello') }), 'the zip file has no data.pkl'],
    [
      'a missing storage',
      zipSync(without(entriesOf(zip), 'zip/data/10')),
      'storage 10 needs 32 bytes, has none',
    ],
    [
      'a short storage',
      zipSync({ ...entriesOf(zip), 'zip/data/10': new Uint8Array(3) }),
      'storage 10 needs 32 bytes, has 3',
    ],
    [
      'big-endian numbers',
      zipSync({ ...entriesOf(zip), 'zip/byteorder': strToU8('big') }),
      'its numbers are big-endian',
    ],
    [
      'another class',
      edited(zip, '_rebuild_tensor_v2', '_rebuild_tensor_v9'),
      'wants the Python object torch._utils._rebuild_tensor_v9',
    ],
    [
      'an unknown storage',
      edited(zip, 'FloatStorage', 'GloatStorage'),
      'wants the Python object torch.GloatStorage',
    ],
    ['a cut legacy file', legacy.slice(0, -100), 'is it cut short?'],
    ['a legacy file that ends with the pickle', legacy.slice(0, 12_000), 'not'],
    ['another pickle', Uint8Array.from([0x80, 2, 0x7d, 0x2e]), 'it is a pickle, but none of torch.save'],
  ])('%s', (_, bytes, reason) => {
    expect(fails(bytes)).toContain(reason);
  });

  test.each([
    ['more than deflate can pack', 100, 400 * 2 ** 20],
    ['more than any state_dict has', 700_000, 600 * 2 ** 20],
  ])('a zip bomb that claims %s is refused before it is unpacked', (_, packed, claimed) => {
    const bomb = zipSync({ 'zip/data.pkl': new Uint8Array(packed) }, { level: 0 });
    const view = new DataView(bomb.buffer);
    const entry = Buffer.from(bomb).indexOf('PK\x01\x02');
    view.setUint16(entry + 10, 8, true); // deflated
    view.setUint32(entry + 24, claimed, true);
    const before = process.memoryUsage().rss;
    expect(fails(bomb)).toContain(`claims ${claimed} bytes in ${packed}`);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  });

  test('a tensor that looks beyond its storage is refused', () => {
    // The size of conv1's first axis, 2, made 127: `K\x02K\x03K\x09K\x09` in the pickle.
    expect(fails(edited(zip, 'K\x02K\x03K\x09K\x09', 'K\x7fK\x03K\x09K\x09'))).toMatch(
      /a tensor \[127, 3, 9, 9\] does not lie within its storage of 486 numbers/,
    );
  });
});

/** The entries of the golden zip file, which are stored as they are. */
function entriesOf(zip: Uint8Array): Record<string, Uint8Array> {
  const view = new DataView(zip.buffer);
  const entries: Record<string, Uint8Array> = {};
  let at = Buffer.from(zip).indexOf('PK\x01\x02');
  while (view.getUint32(at, true) === 0x02014b50) {
    const [size, nameLength, extra, comment, local] = [
      view.getUint32(at + 24, true),
      view.getUint16(at + 28, true),
      view.getUint16(at + 30, true),
      view.getUint16(at + 32, true),
      view.getUint32(at + 42, true),
    ];
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    entries[Buffer.from(zip.subarray(at + 46, at + 46 + nameLength)).toString()] = zip.slice(
      start,
      start + size,
    );
    at += 46 + nameLength + extra + comment;
  }
  return entries;
}

function without<T>(record: Record<string, T>, key: string): Record<string, T> {
  const { [key]: _, ...rest } = record;
  return rest;
}
