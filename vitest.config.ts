import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, in this order: begun first, none of them ends alone on one core. */
const LONGEST = [
  'node/shipped',
  'browser/browser',
  'photo',
  'film',
  'teach',
  'page',
  'server',
  'teach-on-server',
  'large-upload',
  'broken-files',
  'video/formats',
  'video/stopped',
  'stylize/strips',
  'video/cut',
  'runtime/training-devices',
  'cli/resume',
  'cli/train',
  'train/many',
  'nets/onnx-loss-network',
  'service/kills',
  'service/running',
  'service/api',
  'service/kinds',
  'service/refusals',
  'service/cli',
  'cli/sweep',
  'cli/optimize',
  'cli/events',
  'cli/stylize',
  'cli/folders',
  'cli/any-file',
  'cli/output',
  'cli/many',
  'cli/upscale',
  'cli/loss-network',
  'examples',
  'jobs/train-style',
  'files/shipped-upscale',
  'files/style-file',
  'readme',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const i = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return i < 0 ? LONGEST.length : i;
    };
    return [...files].sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'studio/test/**/*.test.ts'],
    // OpenCV has a `then` that gives itself, without end: an import that looks like it would never come.
    deps: { interopDefault: false },
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    setupFiles: ['test/own-core.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The tests beside it take the same cores.
    expect: { poll: { timeout: 20_000 } },
  },
});
