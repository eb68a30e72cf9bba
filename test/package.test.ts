import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SERVICE_PACKAGES } from '../src/service/packages.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json'));

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts'))
    .map((f) => join(folder, f));
}

/**
 * Modules that a source file imports (or asks the place of), as paths below src. Type-only imports count too: they are
 * dependencies in the reader's head.
 */
function imports(file: string): string[] {
  const found = read(file).matchAll(
    /from '([^']+)'|import\('([^']+)'\)|import '([^']+)'|require\.resolve\('([^']+)'\)/g,
  );
  return [...found].map((m) => m.slice(1).find((module) => module !== undefined)!);
}

describe('the package', () => {
  test('is MIT licensed, credits the VGG weights and the painters', () => {
    expect(manifest.license).toBe('MIT');
    expect(read('LICENSE')).toContain('MIT License');
    expect(read('NOTICE')).toMatch(/Simonyan[\s\S]*CC BY 4\.0/);
    for (const file of readdirSync(join(root, 'models')).filter((f) => f.endsWith('.onnx'))) {
      expect(read('NOTICE')).toContain(`- ${file.slice(0, -5).replace(/-\d+$/, '')}:`);
    }
  });

  test('exports built files, and every dependency is used', () => {
    const exported = [
      manifest.exports['.'].default.default,
      manifest.exports['./browser'].default,
      manifest.bin.fns,
    ];
    for (const file of exported) expect(existsSync(join(root, file)), file).toBe(true);
    const used = new Set(sources('src').flatMap(imports));
    for (const name of Object.keys(manifest.dependencies)) {
      expect(
        [...used].some((m) => m === name || m.startsWith(`${name}/`)),
        name,
      ).toBe(true);
    }
  });

  test('what the service needs is installed by those who serve alone', () => {
    expect(manifest.peerDependencies).toEqual(SERVICE_PACKAGES);
    const isOptional = Object.fromEntries(
      Object.keys(SERVICE_PACKAGES).map((name) => [name, { optional: true }]),
    );
    expect(manifest.peerDependenciesMeta).toEqual(isOptional);
    expect(manifest.devDependencies).toMatchObject(SERVICE_PACKAGES);
    // Only what is loaded after the packages were looked for may import them.
    const isService = (module: string) =>
      Object.keys(SERVICE_PACKAGES).some((name) => module === name || module.startsWith(`${name}/`));
    for (const file of sources('src').filter((f) => !f.startsWith(join('src', 'service')))) {
      expect(imports(file).filter(isService), file).toEqual([]);
    }
  });

  test('the command line loads nothing that the service alone needs', () => {
    const seen = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      const statements = read(file).matchAll(/^(?:import|export)\s+(?!type\s)[^;]*?from '([^']+)';/gm);
      for (const [, module] of statements) {
        expect(Object.keys(SERVICE_PACKAGES), `${file} loads ${module}`).not.toContain(module);
        if (module!.startsWith('.')) {
          visit(relative(root, resolve(root, dirname(file), module!)).replace(/\.js$/, '.ts'));
        }
      }
    };
    for (const file of sources(join('src', 'cli'))) visit(file);
    expect(seen).toContain(join('src', 'service', 'packages.ts'));
  });

  test('runs on Node 20: no dependency asks for more', () => {
    for (const name of Object.keys({ ...manifest.dependencies, ...SERVICE_PACKAGES })) {
      const engines = JSON.parse(read(join('node_modules', name, 'package.json'))).engines?.node ?? '';
      expect(engines, name).not.toMatch(/^\s*(>=|\^)\s*2[1-9]/);
    }
  });
});

describe('the architecture', () => {
  /**
   * What each folder may import besides itself. Every list holds what its members may import too, so that there is no
   * circle.
   */
  const BELOW: Record<string, string[]> = {
    core: [],
    graph: ['core'],
    nets: ['core', 'graph'],
    losses: ['core', 'graph', 'nets', 'runtime'],
    optimizers: ['core', 'graph', 'nets'],
    minimise: ['core'],
    flow: ['core'],
    runtime: ['core', 'graph'],
    files: ['core', 'graph', 'nets'],
    import: ['core', 'graph', 'nets', 'files'],
    stylize: ['core', 'graph', 'nets', 'files', 'runtime'],
    upscale: ['core', 'graph', 'nets', 'files', 'runtime'],
    train: ['core', 'graph', 'nets', 'losses', 'optimizers', 'runtime', 'files'],
    optimize: ['core', 'graph', 'nets', 'losses', 'minimise', 'runtime'],
    evaluate: ['core', 'graph', 'nets', 'losses', 'runtime', 'flow'],
  };
  const PURE = Object.keys(BELOW);
  BELOW.node = [...PURE];
  BELOW.jobs = [...PURE, 'node'];
  BELOW.service = [...PURE, 'node', 'jobs'];
  BELOW.cli = [...PURE, 'node', 'jobs', 'service'];
  BELOW.api = [...PURE, 'node', 'jobs'];
  const MAY_USE_NODE = ['node', 'jobs', 'service', 'cli'];

  test.each(sources('src'))('%s imports in one direction', (file) => {
    const folder = relative('src', dirname(file)).split('/')[0]!;
    for (const module of imports(file).filter((m) => m.startsWith('.'))) {
      const target = relative(join(root, 'src'), resolve(root, dirname(file), module)).split('/')[0]!;
      expect([folder, ...BELOW[folder]!], `${file} imports ${module}`).toContain(target);
    }
    const needsNode = imports(file).some(
      (m) => m.startsWith('node:') || m === 'sharp' || m === 'onnxruntime-node',
    );
    expect(!needsNode || MAY_USE_NODE.includes(folder), `${file} needs Node`).toBe(true);
  });

  test('the browser entry reaches no Node module', () => {
    const seen = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const module of imports(file)) {
        expect(module, file).not.toMatch(/^(node:|sharp|onnxruntime-node|h5wasm|env-paths)/);
        if (module.startsWith('.')) {
          visit(relative(root, resolve(root, dirname(file), module)).replace(/\.js$/, '.ts'));
        }
      }
    };
    visit('src/api/browser.ts');
    expect(seen.size).toBeGreaterThan(30);
  });
});

test('nothing in the repository names a path of one machine', () => {
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  const texts = files.filter((f) => /\.(ts|mjs|md|json|yml|py|sh|pov)$/.test(f) && f !== 'package-lock.json');
  for (const file of texts) expect(read(file), file).not.toMatch(/(^|[^\w.])\/(root|work|home)\//);
});
