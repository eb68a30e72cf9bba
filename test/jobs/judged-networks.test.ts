import { expect, test } from 'vitest';
import { shortNames } from '../../src/jobs/judged-networks.js';

test('networks are called by the shortest ends of their paths that differ', () => {
  expect(shortNames(['wave', 'models/mine.onnx'])).toEqual(['wave', 'mine']);
  expect(shortNames(['wave', '/data/rival/wave', 'other/wave.pth'])).toEqual([
    'wave',
    'rival/wave',
    'other/wave',
  ]);
  expect(shortNames(['a/net.onnx', 'a/net.pth'])).toEqual(['a/net.onnx', 'a/net.pth']);
  expect(shortNames(['many.onnx:wave', 'many.onnx:wave=0.6,starry=0.4'])).toEqual([
    'many.onnx:wave',
    'many.onnx:wave=0.6,starry=0.4',
  ]);
  // The same network twice: that is said where they are opened.
  expect(shortNames(['wave', 'wave'])).toEqual(['wave', 'wave']);
});
