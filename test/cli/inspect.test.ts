import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { trainLine } from '../../src/cli/train-line.js';
import { encodeStyle, type StyleInfo } from '../../src/files/style-file.js';
import { Graph, relu, scale, symbol, toModel } from '../../src/graph/index.js';
import { initialParameters } from '../../src/nets/parameters.js';
import { trainingConfig } from '../../src/train/config.js';
import { fns, newFolder } from './fns.js';

let folder: string;
const at = (name: string) => join(folder, name);
const config = trainingConfig({ name: 'my wave', width: 4, steps: 30, tvWeight: 0.5, seed: 9 });
const info: StyleInfo = {
  name: 'my wave',
  architecture: 'modern',
  width: 4,
  steps: 28,
  seed: 9,
  lossNetwork: 'vgg16',
  config: JSON.stringify(config),
  licence: 'free for all',
};

beforeAll(async () => {
  folder = await newFolder();
  const parameters = initialParameters('modern', 4, 1);
  const write = (name: string, changed: Partial<StyleInfo>, options = {}) =>
    writeFile(at(name), encodeStyle({ info: { ...info, ...changed }, parameters }, options));
  await write('mine.onnx', {});
  await write('fixed.onnx', {}, { half: true, size: { height: 30, width: 50 } });
  await write('untold.onnx', { config: '{}' });
  await write('future.onnx', { config: '{"name":"x","colour":"blue"}' });
  const graph = new Graph();
  const image = graph.input('picture', [1, 3, symbol('H'), symbol('W')]);
  const kernel = graph.constant(new Float32Array(12).fill(1), [1, 3, 2, 2]);
  graph.output('result', relu(relu(scale(graph.node('Conv', [image, kernel], image.shape), 2))));
  await writeFile(at('foreign.onnx'), toModel(graph, { author: 'someone' }));
  await writeFile(at('text.onnx'), 'no model');
});

async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await fns(['inspect', ...args]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}
const json = async (name: string) => JSON.parse(await printed(name, '--json'));
/**
 * 4 channels: 3x9x9 in and out, 2 of stride 2, 10 residual, 2 of upsampling; 15 norms with two numbers a channel; the
 * bias.
 */
const PARAMETERS =
  2 * 4 * 3 * 81 + 9 * (4 * 8 + 8 * 16) * 2 + 10 * 9 * 16 * 16 + 2 * (2 * (4 + 8) + 11 * 16) + 3;

describe('fns inspect', () => {
  test('a style file: what it knows, as lines', async () => {
    const text = await printed(at('mine.onnx'));
    for (const line of [
      'name: my wave',
      'architecture: modern',
      'width: 4',
      `parameters: ${PARAMETERS}`,
      'precision: float32',
      'steps: 28',
      'seed: 9',
      'loss network: vgg16',
      'licence: free for all',
      'input: image float32 [1, 3, H, W]',
      'output: stylized float32 [1, 3, H, W]',
      'opset: 17',
      '  tvWeight: 0.5',
      '  styleLayers: relu1_2, relu2_2, relu3_3, relu4_3',
      `  ${trainLine(config)}`,
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    for (const key of Object.keys(config)) expect(text).toContain(`\n  ${key}: `);
  });

  test('the same as JSON', async () => {
    const { config: _, ...style } = info;
    expect(await json(at('mine.onnx'))).toMatchObject({
      file: at('mine.onnx'),
      style,
      parameters: PARAMETERS,
      precision: 'float32',
      opset: 17,
      inputs: [{ name: 'image', dtype: 'float32', shape: [1, 3, 'H', 'W'] }],
      training: config,
      command: trainLine(config),
    });
  });

  test('half floats and a fixed size', async () => {
    expect(await json(at('fixed.onnx'))).toMatchObject({
      precision: 'float16',
      parameters: PARAMETERS,
      inputs: [{ shape: [1, 3, 30, 50] }],
      outputs: [{ shape: [1, 3, 30, 50] }],
    });
  });

  test('a shipped style by its name', async () => {
    const found = await json('wave');
    expect(found).toMatchObject({
      file: 'wave',
      style: { name: 'wave', licence: expect.stringContaining('CC BY 4.0') },
    });
    expect(found.command).toMatch(/^fns train --style '<painting>' --photos '<photos>' .*-o wave\.onnx$/);
  });

  test('training options that are missing or of another version: no command', async () => {
    const untold = await printed(at('untold.onnx'));
    expect(untold).toContain('training: not known, the file has no training options');
    expect(untold).not.toContain('fns train');
    const future = await printed(at('future.onnx'));
    expect(future).toContain('  colour: blue');
    expect(future).toContain('its last training: not known, its training options are of another version');
    expect(await json(at('future.onnx'))).not.toHaveProperty('command');
  });

  test('a network of another project', async () => {
    const text = await printed(at('foreign.onnx'));
    expect(text).toContain('trained: elsewhere');
    expect(text).toContain('input: picture float32 [1, 3, H, W]');
    expect(text).toContain('metadata author: someone');
    expect(text).not.toContain('fns train');
    const found = await json(at('foreign.onnx'));
    expect(found).toMatchObject({
      nodes: 4,
      operators: { Relu: 2, Conv: 1, Mul: 1 },
      metadata: { author: 'someone' },
    });
    expect(found).not.toHaveProperty('style');
  });

  test.each([
    ['no model', ['text.onnx'], 1, /text\.onnx: not an ONNX model/],
    ['no file', ['none.onnx'], 1, /cannot read the style file .*none\.onnx/],
    ['nothing', [], 2, /missing required argument 'style'/],
  ] as const)('%s: one line', async (_, files, code, message) => {
    const result = await fns(['inspect', ...files.map(at)]);
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.code).toBe(code);
  });
});
