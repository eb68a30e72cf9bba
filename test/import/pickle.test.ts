import { describe, expect, test } from 'vitest';
import { importStyle } from '../../src/import/import-style.js';
import { readPickle } from '../../src/import/pickle.js';

const nothing = { label: 'x.pth', globals: new Map<string, unknown>() };

/** A pickle of operations: texts as they are (one byte a letter), numbers as bytes. */
function pickle(...parts: (string | number)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((p) => (typeof p === 'number' ? [p] : [...p].map((c) => c.charCodeAt(0)))),
  );
}

/** BINUNICODE. */
const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`;

describe('plain data', () => {
  // The bytes are what Python 3.11's pickle.dumps(value, protocol) gives.
  test.each<[string, unknown, string]>([
    ['None and booleans', [null, true, false], '8002 5d 7100 28 4e 88 89 65 2e'],
    [
      'numbers',
      [1, 300, -5, 70000, 2 ** 40, 1.5],
      '8002 5d7100 28 4b01 4d2c01 4afbffffff 4a70110100 8a06000000000001 473ff8000000000000 65 2e',
    ],
    ['a large number', 0x1950a86a20f9469cfc6cn, '8002 8a0a 6cfc9c46f9206aa85019 2e'],
    [
      'tuples',
      [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]],
      '8004 950000000000000000 5d94 28 29 4b0185 94 4b014b0286 94 4b014b024b0387 94 28 4b014b024b034b0474 94 65 2e',
    ],
    [
      'a dict with a shared list',
      new Map([
        ['a', [1]],
        ['b', [1]],
      ]),
      '8004 95 1000000000000000 7d 94 28 8c0161 94 5d94 4b01 61 8c0162 94 6802 75 2e',
    ],
    ['texts of Python 2', ['ab', 'c'], '8002 5d 7100 28 55026162 54 01000000 63 65 2e'],
  ])('%s', (_, value, hex) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const result = readPickle(new Uint8Array(bytes), 0, nothing);
    expect(result).toEqual({ value, end: bytes.length });
  });

  test('an object that holds itself is no trouble', () => {
    const { value } = readPickle(pickle(']q\0h\0a.'), 0, nothing);
    expect((value as unknown[])[0]).toBe(value);
    expect(() => importStyle(pickle(0x80, 2, '}q\0', text('state_dict'), 'h\0s.'))).toThrow(
      'none of torch.save',
    );
  });
});

describe('malicious pickles are refused, by name, before anything happens', () => {
  test.each([
    ['GLOBAL and REDUCE', pickle('cos\nsystem\n', text('touch owned'), 0x85, 'R.'), 'os.system'],
    [
      'STACK_GLOBAL',
      pickle(0x80, 4, 0x8c, 2, 'os', 0x94, 0x8c, 6, 'system', 0x94, 0x93, 0x8c, 2, 'ls', 0x85, 'R.'),
      'os.system',
    ],
    ['eval', pickle(0x80, 2, 'c__builtin__\neval\n', text('1+1'), 0x85, 'R.'), '__builtin__.eval'],
    ['INST', pickle('(', text('ls'), 'ios\nsystem\n.'), 'os.system'],
    ['OBJ', pickle('(cos\nsystem\n', text('ls'), 'o.'), 'os.system'],
    ['NEWOBJ', pickle(0x80, 2, 'csubprocess\nPopen\n', text('ls'), 0x85, 0x81, '.'), 'subprocess.Popen'],
    ['BUILD of an object', pickle(0x80, 2, 'cmodule\nNet\n)R}b.'), 'module.Net'],
    [
      'a whole model',
      pickle(0x80, 2, 'c__main__\nTransformerNet\n)', 0x81, '}b.'),
      '__main__.TransformerNet',
    ],
    [
      'a function of torch that reads files',
      pickle(0x80, 2, 'ctorch.serialization\nload\n', text('/etc/passwd'), 0x85, 'R.'),
      'torch.serialization.load',
    ],
    ['a name of a prototype', pickle(0x80, 2, 'cconstructor\nconstructor\n)R.'), 'constructor.constructor'],
    ['a name made to deceive', pickle('cos\r\u001b[2Kok\nsystem\n.'), 'os??[2Kok.system'],
  ])('%s', (_, bytes, name) => {
    expect(() => readPickle(bytes, 0, nothing)).toThrow(
      expect.objectContaining({
        name: 'FnsError',
        kind: 'failure',
        message: `x.pth: refused: its pickle wants the Python object ${name}, which a state_dict does not need (save model.state_dict(), not the model)`,
      }),
    );
  });

  const known = {
    ...nothing,
    globals: new Map<string, unknown>([
      ['a.f', (...args: unknown[]) => args.length],
      ['a.constant', 5],
    ]),
  };
  test.each([
    ['BUILD on what is no ordered dict', pickle('ca\nf\n)R}b.'), 'builds what is no ordered dict'],
    ['a call of what is no function', pickle('ca\nconstant\n)R.'), 'calls what is no function'],
    [
      'a call with thousands of arguments',
      pickle('ca\nf\n(', 'N'.repeat(5000), 'tR.'),
      'calls what is no function',
    ],
    ['items of what is no dict', pickle(']', text('a'), 'Ns.'), 'sets items of what is no dict'],
    ['appending to a text', pickle(text('a'), 'Na.'), 'appends to what is no list'],
    ['an extension', pickle(0x82, 1, '.'), 'has the operation 0x82'],
    ['data kept elsewhere', pickle(text('a'), 'Q.'), 'refers to data that is kept elsewhere'],
    ['an empty stack', pickle('.'), 'takes from an empty stack'],
    ['a mark for a value', pickle('(.'), 'takes a mark for a value'],
    ['no mark', pickle(']NNNe.'), 'has no mark where one is needed'],
    ['a forgotten object', pickle('h', 7, '.'), 'recalls object 7'],
    ['no end', pickle('NNN'), 'ends after 3 bytes'],
    ['a text longer than the file', pickle('X', 0xff, 0xff, 0xff, 0xff, 'abc'), 'ends after 8 bytes'],
    ['a name without an end', pickle('c', 'a'.repeat(2000)), 'holds a name without an end'],
    [
      'lists of lists of lists',
      pickle(']'.repeat(300_000), 'a'.repeat(299_999), '.'),
      'takes more than 200000 operations',
    ],
    [
      'a copy of a long list, again and again',
      pickle('](', 'N'.repeat(1000), 'eq\x01', ...Array<string>(1000).fill('ca\nf\nh\x01\x85R'), '.'),
      'takes more than 200000 operations',
    ],
  ])('%s', (_, bytes, reason) => {
    const start = performance.now();
    expect(() => readPickle(bytes, 0, known)).toThrow(reason);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
