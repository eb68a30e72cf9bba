import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/core/safetensors.js';
import { decodeStyle } from '../../src/files/style-file.js';
import { importStyle } from '../../src/import/import-style.js';
import { readTorchFile } from '../../src/import/torch-file.js';
import { lengstromFolder, lengstromVariables } from '../import/golden-networks.js';
import { writeCheckpoint } from '../import/tensorflow-writer.js';
import { fns, newFolder } from './fns.js';

const golden = (name: string) => fileURLToPath(new URL(`../golden/foreign/${name}`, import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await newFolder();
  await mkdir(join(folder, 'wave'));
  for (const [name, bytes] of lengstromFolder()) await writeFile(join(folder, 'wave', name), bytes);
  await mkdir(join(folder, 'run'));
  for (const [name, bytes] of writeCheckpoint('fns.ckpt', lengstromVariables()))
    await writeFile(join(folder, 'run', name), bytes);
  await writeFile(join(folder, 'run', 'fns.ckpt.meta'), 'the graph, which is not needed');
  await mkdir(join(folder, 'empty'));
});

test.each([
  [golden('zip.pth'), 'zip'],
  [golden('legacy.model'), 'legacy'],
  [golden('opset9.onnx'), 'opset9'],
  ['wave', 'wave'],
  ['wave/manifest.json', 'manifest'],
  ['run', 'run'],
  ['run/fns.ckpt', 'fns'],
  ['run/fns.ckpt.index', 'fns.ckpt'],
  ['run/fns.ckpt.meta', 'fns.ckpt'],
  ['run/fns.ckpt.data-00000-of-00001', 'fns.ckpt'],
])('fns import %s', async (source, name) => {
  const { code, stdout, stderr } = await fns(['import', source, '-o', 'out.onnx', '--force'], {
    cwd: folder,
  });
  expect(stderr).toContain(`as style '${name}'`);
  expect(code).toBe(0);
  expect(stdout).toBe('out.onnx\n');
  expect(decodeStyle(new Uint8Array(await readFile(join(folder, 'out.onnx'))), 'out').info.name).toBe(name);
});

test('an imported style is used like any other, also in half precision', async () => {
  const [style, picture] = ['small.onnx', 'picture.png'];
  const options = ['--name', 'small', '--licence', 'MIT, by its author', '--half'];
  expect(
    (await fns(['import', golden('zip.pth'), '-o', style, '--force', ...options], { cwd: folder })).code,
  ).toBe(0);
  const bytes = new Uint8Array(await readFile(join(folder, style)));
  expect(decodeStyle(bytes, style).info).toMatchObject({ name: 'small', licence: 'MIT, by its author' });
  expect(bytes.length).toBeLessThan((await readFile(golden('zip.pth'))).length);
  const photo = fileURLToPath(new URL('../../examples/harbour.jpg', import.meta.url));
  const arguments_ = ['stylize', photo, '-s', style, '-o', picture, '--max-side', '64', '--device', 'cpu'];
  expect((await fns(arguments_, { cwd: folder })).code).toBe(0);
  expect((await readFile(join(folder, picture))).subarray(1, 4).toString()).toBe('PNG');
});

test('a network for pixels of 0 to 1 is noticed, and the options overrule', async () => {
  const tensors = new Map(
    [...readTorchFile(new Uint8Array(await readFile(golden('zip.pth'))), 'zip')].map(([key, tensor]) => {
      const scale = key.startsWith('deconv3.') ? 1 / 255 : key === 'conv1.conv2d.weight' ? 255 : 1;
      return [key, { shape: [...tensor.shape], data: tensor.read().map((v) => v * scale) }];
    }),
  );
  await writeFile(join(folder, 'unit.safetensors'), writeSafetensors(tensors));
  const run = async (options: string[]) => {
    const { code, stderr } = await fns(
      ['import', 'unit.safetensors', '-o', 'unit.onnx', '--force', ...options],
      {
        cwd: folder,
      },
    );
    expect(code).toBe(0);
    const { parameters } = decodeStyle(new Uint8Array(await readFile(join(folder, 'unit.onnx'))), 'unit');
    return { stderr, bias: [...parameters.get('out.conv.bias')!.data] };
  };
  const plain = importStyle(new Uint8Array(await readFile(golden('zip.pth'))));
  const guessed = await run([]);
  expect(guessed.stderr).toContain('unit.safetensors is taken to want pixels of 0 to 1 (guessed');
  for (const [i, v] of plain.parameters.get('out.conv.bias')!.data.entries()) {
    expect(guessed.bias[i]).toBeCloseTo(v, 2);
  }
  const told = await run(['--range', '1', '--channel-order', 'rgb']);
  expect(told.stderr).not.toContain('taken to want');
  expect(told.bias).toEqual(guessed.bias);
  expect((await run(['--range', '255'])).bias).not.toEqual(guessed.bias);
});

test('--help says what can be imported, with examples', async () => {
  const { code, stdout } = await fns(['import', '--help']);
  expect(code).toBe(0);
  for (const word of ['pytorch/examples', 'lengstrom/fast-style-transfer', '.safetensors', 'Examples:']) {
    expect(stdout).toContain(word);
  }
});

test.each([
  [['import', 'x.pth'], 2, /required option '-o, --out <file>'/],
  [['import', '-o', 'x.onnx'], 2, /missing required argument 'file'/],
  [
    ['import', 'x.pth', '-o', 'x.pth'],
    2,
    /^error: --out: a file that ends in .onnx is needed, got 'x.pth'\n$/,
  ],
  [
    ['import', golden('zip.pth'), '-o', 'x.onnx', '--range', '3'],
    2,
    /^error: --range: 255 \(0 to 255\), 1 .*got 3\n$/,
  ],
  [
    ['import', 'wave', '-o', 'x.onnx', '--range', '1'],
    2,
    /^error: --range: the network of wave has 0 to 255 built in\n$/,
  ],
  [['import', 'x.pth', '-o', 'x.onnx', '--name', ' '], 2, /^error: --name: a name is needed\n$/],
  [['import', 'x.pth', '-o', 'x.onnx'], 1, /^error: cannot read x.pth: no such file\n$/],
  [
    ['import', golden('zip.pth'), '-o', 'nowhere/x.onnx'],
    1,
    /^error: cannot write nowhere\/x.onnx: the folder nowhere does not exist\n$/,
  ],
  [
    ['import', 'empty', '-o', 'x.onnx'],
    1,
    /^error: empty holds neither manifest.json nor a TensorFlow checkpoint \(.index\)\n$/,
  ],
  [['import', '/dev/zero', '-o', 'x.onnx'], 1, /^error: cannot read \/dev\/zero: it is no file\n$/],
  [
    ['import', golden('../ops.py'), '-o', 'x.onnx'],
    1,
    /^error: .*ops.py: neither a PyTorch state_dict .* that can be read\n$/,
  ],
])('fns %j is refused in one line', async (args, code, message) => {
  const result = await fns(args, { cwd: folder });
  expect(result.stderr).toMatch(message);
  expect(result.code).toBe(code);
  expect(result.stdout).toBe('');
});

test('a pickle that wants to run a program runs nothing', async () => {
  const command = `touch ${join(folder, 'owned')}`;
  const text = `X${String.fromCharCode(command.length)}\0\0\0${command}`;
  await writeFile(join(folder, 'evil.pth'), Buffer.from(`\x80\x02cos\nsystem\n${text}\x85R.`, 'latin1'));
  const { code, stderr } = await fns(['import', 'evil.pth', '-o', 'evil.onnx'], { cwd: folder });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: evil.pth: refused: its pickle wants the Python object os.system, .*\n$/);
  await expect(readFile(join(folder, 'owned'))).rejects.toThrow('ENOENT');
  await expect(readFile(join(folder, 'evil.onnx'))).rejects.toThrow('ENOENT');
});
