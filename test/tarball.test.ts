/**
 * The package as others get it: packed, installed into an empty project from the registry, used, type-checked and
 * bundled.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeImage } from '../src/node/media/image.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** As npm tells its scripts what they run in, this must not reach the npm of the new project. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

let folder: string;
let project: string;
let packed: { filename: string; size: number; files: { path: string }[] };
let installed: { stdout: string; stderr: string };

/** Runs a program in the new project. */
const run = (program: string, ...args: string[]) =>
  promisify(execFile)(program, args, { cwd: project, env, maxBuffer: 2 ** 26 });

/** A TypeScript file that uses all entries, and a mistake that their types must find. */
const USER = `
import { decodeImage, encodeImage, graph, type Image, listStyles, stylize, trainStyle } from 'fast-neural-style';
import { loadStyle, nets, trainStyleFromPictures } from 'fast-neural-style/browser';
import { openSession } from 'fast-neural-style/node';

const photo: Image = await decodeImage('photo.jpg');
await encodeImage('out.png', await stylize(photo, 'wave'));
const names: string[] = (await listStyles()).map(({ name }) => name);
const { style, losses } = await trainStyle({ painting: 'a.jpg', photos: 'photos', width: 8 }, { onEvent: (e) => e.type });
const lossNetwork = nets.vggNetwork('vgg16', new Map());
await trainStyleFromPictures({ painting: photo, photos: [photo], lossNetwork });
const made = new graph.Graph();
graph.relu(made.input('x', [1, 3, 8, 8]));
// @ts-expect-error: a width is a number
await trainStyle({ painting: 'a.jpg', photos: 'photos', width: '8' });
// @ts-expect-error: a number is no style
await stylize(photo, 3);
export { loadStyle, losses, names, openSession, style };
`;

/** A module of a web page. TypeScript knows only by this name of the entry that it is for a browser. */
const PAGE = `
import { fromImageData, stylize, toImageData } from 'fast-neural-style/browser';

export async function restyle(pixels: ImageData, style: Uint8Array): Promise<ImageData> {
  return toImageData(await stylize(fromImageData(pixels), style));
}
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fns-tarball-'));
  project = join(folder, 'project');
  await mkdir(project);
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ name: 'user', private: true, type: 'module' }),
  );
  await writeFile(join(project, 'user.ts'), USER);
  await writeFile(join(project, 'page.ts'), PAGE);
  await writeFile(join(project, 'plain.js'), PAGE.replace('/browser', '').replace(/: \w+(<\w+>)?/g, ''));
  // The build is there already; without it this test would be of an old one.
  const pack = ['pack', root, '--ignore-scripts', '--json', '--pack-destination', folder];
  packed = JSON.parse((await run('npm', ...pack)).stdout)[0];
  // The line of docs/install.md.
  installed = await run('npm', 'install', '--ignore-scripts', join(folder, packed.filename));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the package holds what it needs and nothing else', () => {
  const paths = packed.files.map(({ path }) => path);
  for (const path of [
    'LICENSE',
    'NOTICE',
    'README.md',
    'dist/api/browser.js',
    'dist/api/node.d.ts',
    'dist/cli/main.js',
    'dist/node/session-worker.js',
    'examples/harbour.jpg',
    'models/start/modern.onnx',
    'models/upscale/upscale-x4.onnx',
    'models/wave.onnx',
  ]) {
    expect(paths).toContain(path);
  }
  const other =
    /^(LICENSE|NOTICE|README(\.zh-CN)?\.md|package\.json|dist\/studio\/.*\.(html|css|svg|webp|webmanifest)|dist\/.*\.(js|d\.ts)|models\/.*|SECURITY\.md|(docs|gallery)\/\w+\.md|examples\/[^/]+\.jpg)$/;
  expect(paths.filter((path) => !other.test(path))).toEqual([]);
  expect(packed.size).toBeLessThan(27e6);
});

test('the installation gives no warning', () => {
  expect(installed.stderr).toBe('');
});

test('fns stylises a photo', async () => {
  const photo = join('node_modules', 'fast-neural-style', 'examples', 'harbour.jpg');
  await run(
    'npx',
    'fns',
    'stylize',
    photo,
    '-s',
    'wave',
    '-o',
    'styled.png',
    '--device',
    'cpu',
    '--max-side',
    '256',
  );
  const { width, height } = await decodeImage(join(project, 'styled.png'));
  expect(Math.max(width, height)).toBe(256);
});

test.each([
  ['nodenext', 'nodenext'],
  ['bundler', 'preserve'],
])(
  'its types hold with moduleResolution %s, those of its dependencies too',
  async (moduleResolution, module) => {
    const compilerOptions = {
      ...{ module, moduleResolution, target: 'es2022', lib: ['es2023', 'dom'], types: [] },
      ...{ strict: true, skipLibCheck: false, noEmit: true },
    };
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['user.ts', 'page.ts'] }),
    );
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = await run(process.execPath, tsc, '-p', '.').catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  },
);

describe('a web page', () => {
  /**
   * Modules that a browser does not have. `fs` of protobufjs is not among them: its package.json makes it an empty
   * file.
   */
  const OF_NODE =
    /(^|:)node:|[/\\](onnxruntime-node|sharp|h5wasm|env-paths)[/\\]|fast-neural-style[/\\]dist[/\\]node[/\\]/;

  test('is bundled by esbuild', async () => {
    const { warnings, metafile } = await esbuild({
      ...{
        absWorkingDir: project,
        entryPoints: ['page.ts', 'plain.js'],
        outdir: 'esbuild',
        logLevel: 'silent',
      },
      ...{ bundle: true, format: 'esm', platform: 'browser', metafile: true },
    });
    expect(warnings).toEqual([]);
    const modules = Object.keys(metafile.inputs);
    expect(modules.length).toBeGreaterThan(50);
    expect(modules.filter((name) => OF_NODE.test(name))).toEqual([]);
    const outside = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.filter((i) => i.external),
    );
    expect(outside.filter(({ path }) => path !== '<runtime>')).toEqual([]);
  });

  test('is bundled by Vite, with the WebAssembly beside it', async () => {
    const modules: string[] = [];
    const stubs: string[] = [];
    await vite({
      ...{ root: project, configFile: false, logLevel: 'silent' },
      build: {
        outDir: 'vite',
        rollupOptions: {
          input: ['page.ts', 'plain.js'].map((file) => join(project, file)),
          preserveEntrySignatures: 'strict',
        },
      },
      plugins: [
        {
          name: 'modules',
          buildEnd() {
            for (const id of this.getModuleIds()) {
              modules.push(id);
              if (id.includes('vite-browser-external'))
                stubs.push(...(this.getModuleInfo(id)?.importers ?? []));
            }
          },
        },
      ],
    });
    expect(modules.length).toBeGreaterThan(50);
    expect(modules.filter((name) => OF_NODE.test(name))).toEqual([]);
    expect(stubs.filter((importer) => !importer.includes('protobufjs'))).toEqual([]);
    expect((await stat(join(project, 'vite', 'assets'))).isDirectory()).toBe(true);
  });
});
