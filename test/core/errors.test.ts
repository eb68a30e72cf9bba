import { expect, test } from 'vitest';
import { badOption, FnsError, failure, usage } from '../../src/core/errors.js';

test('a failure keeps its cause and its code', () => {
  const cause = new Error('ENOSPC');
  const error = failure('the disk is full', cause);
  expect(error).toBeInstanceOf(FnsError);
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('FnsError');
  expect(error.message).toBe('the disk is full');
  expect(error.kind).toBe('failure');
  expect(error.cause).toBe(cause);
  expect(error.code).toBeUndefined();
  expect(failure('no device', cause, 'no-device').code).toBe('no-device');
});

test('an error without a cause has none, also not an undefined one', () => {
  expect('cause' in failure('x')).toBe(false);
});

test('a request that makes no sense is of another kind', () => {
  expect(usage('unknown format').kind).toBe('usage');
  expect(usage('unknown format').option).toBeUndefined();
});

test('the error of an option begins with its name and carries it', () => {
  const error = badOption('learningRate', 'above 0 is needed, got -1');
  expect(error.message).toBe('learningRate: above 0 is needed, got -1');
  expect(error.option).toBe('learningRate');
  expect(error.kind).toBe('usage');
});
