import { expect, test } from 'vitest';
import { FnsError, failure, usage } from '../../src/core/errors.js';

test('a failure ends with exit code 1 and keeps its cause, a usage error ends with 2', () => {
  const cause = new Error('ENOSPC');
  expect(failure('the disk is full', cause)).toMatchObject({
    name: 'FnsError',
    message: 'the disk is full',
    kind: 'failure',
    cause,
  });
  expect(usage('unknown format').kind).toBe('usage');
  expect(usage('unknown format')).toBeInstanceOf(FnsError);
  expect(failure('x')).toBeInstanceOf(Error);
});
