import { describe, expect, test } from 'vitest';
import { inHugePages, type ReplaceableProcess } from '../../src/cli/huge-pages.js';

/** A process that writes down what takes its place. */
function fake(about: Partial<ReplaceableProcess> = {}) {
  const started: unknown[][] = [];
  const program: ReplaceableProcess = {
    ...{ platform: 'linux', execPath: '/bin/node', execArgv: ['--no-warnings'], env: { PATH: '/bin' } },
    argv: ['/bin/node', '/lib/fns', 'stylize', 'a b.jpg'],
    execve: (...call) => started.push(call) as never,
    ...about,
  };
  inHugePages(program);
  return started;
}

describe('a program that draws', () => {
  test('starts again as it was called, with huge pages', () => {
    const args = ['/bin/node', '--no-warnings', '/lib/fns', 'stylize', 'a b.jpg'];
    const env = { PATH: '/bin', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };
    expect(fake()).toEqual([['/bin/node', args, env]]);
  });

  test.each<[string, Partial<ReplaceableProcess>]>([
    ['the second time, or where somebody has tuned glibc', { env: { GLIBC_TUNABLES: '' } }],
    ['on another system', { platform: 'darwin' }],
    ['when another Node process listens', { connected: true }],
  ])('not %s', (_, about) => {
    expect(fake(about)).toEqual([]);
  });

  test('goes on where Node cannot, or may not', () => {
    expect(() => fake({ execve: undefined })).not.toThrow();
    const refuse = () => {
      throw new Error('not permitted');
    };
    expect(() => fake({ execve: refuse })).not.toThrow();
  });
});
