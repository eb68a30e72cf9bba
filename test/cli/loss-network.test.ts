import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeStyle } from '../../src/files/style-file.js';
import { trainingMaterials } from '../materials.js';
import { fns } from './fns.js';

const SQUEEZE = fileURLToPath(new URL('../golden/loss_networks/squeeze.onnx', import.meta.url));
const CPU = ['--device', 'cpu', '--threads', '1'];
const LAYERS = ['--style-layers', 'squeeze/first,/network/fire2/Concat_output_0=0.5'];

let folder: string;
let photos: string;
let painting: string;
let network: string;

beforeAll(async () => {
  ({ folder, photos, painting } = await trainingMaterials());
  network = join(folder, 'net.onnx');
  await copyFile(SQUEEZE, network);
});

const lossArgs = () => ['--loss-network', network, ...LAYERS, '--content-layers', 'squeeze/third', ...CPU];
const train = (...more: string[]) =>
  fns([
    ...['train', '--style', painting, '--photos', photos, '--size', '32', '--width', '4'],
    ...[...lossArgs(), ...more],
  ]);

describe('a loss network from an ONNX file', () => {
  test('fns train, --resume and fns inspect: the losses of a run never stopped', async () => {
    const [whole, half] = [join(folder, 'whole.onnx'), join(folder, 'half.onnx')];
    const common = ['--seed', '2', '--name', 'x', '--schedule', 'constant', '--log-every', '1'];
    const first = await train(...common, '--steps', '4', '-o', whole);
    expect(first.stderr.trim().split('\n').at(-1)).toContain('trained 4 steps');
    await train(...common, '--steps', '2', '-o', half);
    const resumed = await fns(['train', '--resume', join(folder, 'half.training'), '--steps', '4']);
    expect(resumed.code).toBe(0);
    const losses = async (name: string) =>
      (await readFile(join(folder, `${name}.training`, 'log.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => (({ seconds: _, ...numbers }) => numbers)(JSON.parse(line)));
    const lines = await losses('half');
    expect(lines.map((line) => line.total_loss)).toEqual(
      (await losses('whole')).map((line) => line.total_loss),
    );
    expect(Object.keys(lines[0]!)).toContain('style_losses/net/squeeze/first');

    const { info } = decodeStyle(await readFile(whole), whole);
    expect(info).toMatchObject({
      lossNetwork: 'net.onnx',
      licence: 'trained with the loss network net.onnx',
    });
    expect(JSON.parse(info.config)).toMatchObject({
      lossNetwork: 'net.onnx',
      lossInput: 'imagenet',
      lossSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      styleLayers: ['squeeze/first', '/network/fire2/Concat_output_0=0.5'],
    });
    const { stdout } = await fns(['inspect', whole]);
    expect(stdout).toContain('--loss-network net.onnx --loss-input imagenet');
    expect(stdout).not.toContain('--loss-sha256');
    expect(info.config).not.toContain(folder);
  });

  test('the command that fns inspect prints makes the same style again', async () => {
    const [out, again] = [join(folder, 'inspected.onnx'), join(folder, 'again.onnx')];
    expect((await train('--steps', '1', '--loss-input', 'caffe', '--name', 'one', '-o', out)).code).toBe(0);
    const { stdout } = await fns(['inspect', out, '--json']);
    const command: string = JSON.parse(stdout).command;
    const args = command.replace('painting.jpg', painting).replace("'<photos>'", photos).split(' ').slice(1);
    args.splice(args.indexOf('-o'), 2);
    const run = await fns([...args, '--name', 'one', ...CPU, '-o', again], { cwd: folder });
    expect(run.code).toBe(0);
    expect(await readFile(again)).toEqual(await readFile(out));
  });

  test('a resumed run refuses a file that was changed or is gone', async () => {
    const other = join(folder, 'other.onnx');
    await copyFile(network, other);
    const out = join(folder, 'c.onnx');
    await train('--loss-network', other, '--steps', '1', '-o', out);
    const resume = () => fns(['train', '--resume', out, '--steps', '2']);
    await copyFile(fileURLToPath(new URL('../golden/loss_networks/mobile.onnx', import.meta.url)), other);
    const changed = await resume();
    expect(changed).toMatchObject({ code: 1 });
    expect(changed.stderr.trim()).toMatch(
      /^error: .*other\.onnx is not the loss network of before: its SHA-256 is another$/,
    );
    await rm(other);
    const gone = await resume();
    expect(gone).toMatchObject({ code: 1 });
    expect(gone.stderr).toContain('other.onnx');
  });

  test('a configuration file names the network beside it', async () => {
    const config = join(folder, 'config.yml');
    await writeFile(
      config,
      'lossNetwork: net.onnx\nlossInput: unit\nstyleLayers: [squeeze/first]\ncontentLayers: [squeeze/third]\n',
    );
    const out = join(folder, 'd.onnx');
    const { code } = await fns([
      ...['train', '--config', config, '--style', painting, '--photos', photos, '--size', '32'],
      ...['--width', '4', '--steps', '1', ...CPU, '-o', out],
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(decodeStyle(await readFile(out), out).info.config)).toMatchObject({
      lossInput: 'unit',
    });
  });

  test('fns optimize', async () => {
    const out = join(folder, 'picture.png');
    const { code, stderr } = await fns([
      ...['optimize', painting, '-s', painting, '--size', '48', '--iterations', '3'],
      ...[...lossArgs(), '-o', out],
    ]);
    expect(stderr).toContain('made in 3 iterations');
    expect(code).toBe(0);
    expect(await sharp(out).metadata()).toMatchObject({ width: 48 });
  });

  test('fns reconstruct: files are named after the layers', async () => {
    const out = join(folder, 'inversion');
    const { code } = await fns([
      ...['reconstruct', 'content', painting, '--layers', 'squeeze/first,squeeze/fifth', '--size', '40'],
      ...['--iterations', '2', '--loss-network', network, ...CPU, '-o', out],
    ]);
    expect(code).toBe(0);
    expect((await readdir(out)).sort()).toEqual(['sheet.png', 'squeeze_fifth.png', 'squeeze_first.png']);
  });

  test('fns train-upscale and its --resume', async () => {
    const out = join(folder, 'up.onnx');
    const common = ['--photos', photos, '--size', '32', '--factor', '2', '--width', '4', '--blocks', '1'];
    const { code, stderr } = await fns([
      ...['train-upscale', ...common, '--feature-weight', '1', '--feature-layers', 'squeeze/first'],
      ...['--loss-network', network, '--batch', '1', '--steps', '2', ...CPU, '-o', out],
    ]);
    expect(stderr).toContain('feature/squeeze/first');
    expect(code).toBe(0);
    expect((await fns(['train-upscale', '--resume', out, '--steps', '3'])).code).toBe(0);
  });

  test('fns train-pairs', async () => {
    const out = join(folder, 'pairs.onnx');
    const { code } = await fns([
      ...['train-pairs', '--targets', photos, '--degrade', 'grey', '--size', '48', '--width', '4'],
      ...['--feature-weight', '1', '--feature-layers', 'squeeze/first', '--loss-network', network],
      ...['--batch', '1', '--steps', '1', ...CPU, '-o', out],
    ]);
    expect(code).toBe(0);
    expect(decodeStyle(await readFile(out), out).info).toMatchObject({ lossNetwork: 'net.onnx' });
  });

  test.each([
    [['--content-layers', 'relu3_3'], 2, /unknown layer 'relu3_3' of net\.onnx: layers that can be used: /],
    [['--content-layers', 'scores'], 1, /cannot be used: the operator Flatten of scores: /],
    [
      ['--loss-network', 'alexnet'],
      2,
      /--loss-network: vgg16, vgg19 or an \.onnx file is needed, got 'alexnet'/,
    ],
    [['--loss-network', 'gone.onnx'], 1, /gone\.onnx/],
    [['--loss-input', 'bgr'], 2, /unknown input of a loss network 'bgr'/],
    [
      ['--loss-network', 'vgg16', '--loss-input', 'vgg'],
      2,
      /--loss-input: it is for a loss network from an \.onnx/,
    ],
    [['--weights', 'vgg16.safetensors'], 2, /--weights: they are for vgg16 and vgg19/],
    [['--style-layers', 'squeeze/first=x'], 2, /after the = a number of at least 0 is needed/],
  ])('%s is refused in one line', async (more, code, message) => {
    const out = join(folder, 'refused.onnx');
    const result = await train('--steps', '1', '-o', out, ...more);
    expect(
      result.stderr
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('error')),
    ).toHaveLength(1);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
  });
});
