import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FnsError } from '../../src/core/errors.js';
import { type FloatTensor, readSafetensors, writeSafetensors } from '../../src/core/safetensors.js';
import { dataDir, requireData } from '../data.js';

/** A file made by hand from a header (object or raw text) and data bytes. */
function file(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function problem(bytes: Uint8Array): string {
  try {
    readSafetensors(bytes, 'a.safetensors');
  } catch (error) {
    expect(error).toBeInstanceOf(FnsError);
    const { message } = error as FnsError;
    expect(message).toMatch(/^a\.safetensors: /);
    expect(message).not.toContain('\n');
    return message;
  }
  return 'no error';
}

const tensors = new Map<string, FloatTensor>([
  ['conv.weight', { shape: [2, 1, 1, 3], data: Float32Array.of(1, -2.5, 3e-8, 4, 5.1, 65504) }],
  ['scalar', { shape: [], data: Float32Array.of(7) }],
  ['empty', { shape: [0, 4], data: new Float32Array() }],
]);

describe('round trip', () => {
  test('float32 comes back bit for bit, with names, shapes, order and metadata', () => {
    const back = readSafetensors(writeSafetensors(tensors, { licence: 'CC BY 4.0' }));
    expect([...back.tensors]).toEqual([...tensors]);
    expect(back.metadata).toEqual({ licence: 'CC BY 4.0' });
  });

  test('half keeps 11 significant bits', () => {
    const bytes = writeSafetensors(tensors, {}, { half: true });
    const data = readSafetensors(bytes).tensors.get('conv.weight')!.data;
    expect([...data]).toEqual([1, -2.5, 2 ** -24, 4, 5.1015625, 65504]);
  });

  test('the data start at a multiple of 8 bytes, as the format wants', () => {
    for (const name of ['a', 'ab', 'abc', 'abcd', 'abcde']) {
      const bytes = writeSafetensors(new Map([[name, { shape: [1], data: Float32Array.of(1) }]]));
      expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
    }
  });

  test('a shape that does not hold its numbers is refused', () => {
    const wrong = new Map([['x', { shape: [2, 2], data: new Float32Array(3) }]]);
    expect(() => writeSafetensors(wrong)).toThrow('tensor x: shape [2, 2] does not hold 3 numbers');
  });
});

describe('number formats', () => {
  test('BF16, F16 and F64 are read at any alignment', () => {
    // 1.0 as bfloat16 is 3f80, pi rounded to bfloat16 is 4049 (3.140625).
    const data = new Uint8Array(3 * 2 + 8 + 1);
    const view = new DataView(data.buffer);
    view.setUint16(1, 0x3f80, true);
    view.setUint16(3, 0x4049, true);
    view.setUint16(5, 0x3c01, true);
    view.setFloat64(7, 0.1, true);
    const read = readSafetensors(
      file(
        {
          bf: { dtype: 'BF16', shape: [2], data_offsets: [1, 5] },
          half: { dtype: 'F16', shape: [1], data_offsets: [5, 7] },
          double: { dtype: 'F64', shape: [1], data_offsets: [7, 15] },
        },
        data,
      ),
    ).tensors;
    expect([...read.get('bf')!.data]).toEqual([1, 3.140625]);
    expect([...read.get('half')!.data]).toEqual([1.0009765625]);
    expect([...read.get('double')!.data]).toEqual([Math.fround(0.1)]);
  });

  test('a view into the middle of a larger buffer is read rightly', () => {
    const bytes = writeSafetensors(tensors);
    const larger = Buffer.alloc(bytes.length + 3, 0xff);
    larger.set(bytes, 3);
    expect([...readSafetensors(larger.subarray(3)).tensors]).toEqual([...tensors]);
  });
});

describe('malformed files give one clear line', () => {
  const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  const data = new Uint8Array(8);
  test.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(), '0 bytes'],
    ['a text file', new TextEncoder().encode('hello, I am a text file'), 'the header should be'],
    ['header longer than the file', file({ a: entry }, data).subarray(0, 20), 'the header should be'],
    ['header not JSON', file('{"a":'), 'not JSON'],
    ['header an array', file('[1, 2]'), 'not a JSON object'],
    ['header not UTF-8', file('{}').fill(0xff, 8), 'not JSON'],
    ['tensor not an object', file({ a: 3 }), 'tensor a is not described'],
    ['unknown type', file({ a: { ...entry, dtype: 'I64' } }, data), 'readable are F64, F32, F16, BF16'],
    ['type named like a method', file({ a: { ...entry, dtype: 'toString' } }, data), 'has type "toString"'],
    ['negative size', file({ a: { ...entry, shape: [-2] } }, data), 'tensor a has no valid shape'],
    ['no offsets', file({ a: { dtype: 'F32', shape: [2] } }, data), 'tensor a has no valid data_offsets'],
    ['backward offsets', file({ a: { ...entry, data_offsets: [8, 0] } }, data), 'no valid data_offsets'],
    ['shape against size', file({ a: { ...entry, shape: [3] } }, data), 'needs 12 bytes of F32, has 8'],
    ['cut short', file({ a: entry }, data.subarray(0, 7)), 'is it cut short?'],
    [
      'overlap',
      file({ a: { ...entry, shape: [1], data_offsets: [2, 6] }, b: entry }, data),
      'b and a overlap',
    ],
    ['metadata not text', file({ __metadata__: { a: 1 } }), '__metadata__'],
  ])('%s', (_, bytes, message) => {
    expect(problem(bytes)).toContain(message);
  });
});

test('the VGG16 weights have the published first kernel', () => {
  if (!requireData('reading the VGG16 weights')) return;
  const path = join(dataDir!, 'weights/vgg16-conv1_1-conv3_3.safetensors');
  const { tensors: vgg } = readSafetensors(readFileSync(path), path);
  expect(vgg.get('conv1_1.weight')!.shape).toEqual([64, 3, 3, 3]);
  // The Keras file begins with 0.42947057: its first input channel is blue, our last.
  const [weight] = vgg.get('conv1_1.weight')!.data.subarray(2 * 9);
  expect(weight).toBeCloseTo(0.42947057, 7);
  expect(vgg.get('conv3_3.weight')!.shape).toEqual([256, 256, 3, 3]);
});
