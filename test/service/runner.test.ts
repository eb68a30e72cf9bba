/** The process that runs jobs, when it cannot be started, is killed as it ends, or has the memory of earlier jobs. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  newRunner,
  type RunEnd,
  type Runner,
  TOO_LARGE,
  TOO_LARGE_WITH_OTHERS,
} from '../../src/service/child/runner.js';
import { DEFAULT_LIMITS } from '../../src/service/limits.js';
import { newFolder } from '../cli/fns.js';

const node = process.execPath;

/** Stands in for Node: runs jobs that end at once, that never end, and that tell two things in one write. */
const PROGRAM = `#!${node}
const { writeSync } = require('node:fs');
const done = { type: 'done', result: { files: [], pixels: 0 } };
const progress = { type: 'event', event: { type: 'progress', share: 1 } };
process.on('message', ({ kind }) => {
  if (kind === 'quick') process.send(done);
  if (kind === 'both') writeSync(3, JSON.stringify(progress) + '\\n' + JSON.stringify(done) + '\\n');
});
`;

beforeAll(async () => {
  const program = join(await newFolder(), 'program');
  await writeFile(program, PROGRAM);
  await chmod(program, 0o755);
  process.execPath = program;
});

afterAll(() => {
  process.execPath = node;
});

function run(runner: Runner, kind: string, memoryBytes = 1e12, onProgress = () => {}): Promise<RunEnd> {
  const limits = { ...DEFAULT_LIMITS, memoryBytes };
  const machine = { device: 'cpu', threads: 1 } as const;
  const job = { kind, options: {}, inputs: {}, out: '', work: '', limits, machine };
  return runner.run(job, { onProgress, onCheckpoint() {} });
}

test('a process that cannot be started ends its job, and the next job has another', async () => {
  const runner = newRunner();
  const program = process.execPath;
  process.execPath = '/nowhere';
  try {
    expect(await run(runner, 'quick')).toMatchObject({ type: 'gone' });
  } finally {
    process.execPath = program;
  }
  expect(await run(runner, 'quick')).toMatchObject({ type: 'done' });
  await runner.close();
});

test('a job that is killed as it tells its end leaves the next one alone', async () => {
  const runner = newRunner();
  const killed = await run(runner, 'both', 1e12, () => runner.kill('cancelled'));
  expect(killed).toMatchObject({ type: 'done' });
  expect(await run(runner, 'quick')).toMatchObject({ type: 'done' });
  await runner.close();
});

test.runIf(process.platform === 'linux')(
  'only the first job of a process is too large by itself',
  async () => {
    const runner = newRunner();
    expect(await run(runner, 'quick')).toMatchObject({ type: 'done' });
    expect(await run(runner, 'endless', 1)).toEqual({ type: 'gone', why: TOO_LARGE_WITH_OTHERS });
    expect(await run(runner, 'endless', 1)).toEqual({ type: 'gone', why: TOO_LARGE });
    await runner.close();
  },
);
