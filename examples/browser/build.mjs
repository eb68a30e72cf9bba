// Makes a folder that any web server can serve: node examples/browser/build.mjs [FOLDER]
// The loss network is the installed one (npx fns weights vgg16), or that of the folder FNS_WEIGHTS.
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { loadVggWeights } from 'fast-neural-style';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = process.argv[2] ?? here('../../runs/browser-example');
const place = (specifier) => fileURLToPath(import.meta.resolve(specifier));

await mkdir(folder, { recursive: true });
await build({
  entryPoints: [here('main.js'), here('worker.js')],
  outdir: folder,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  logLevel: 'warning',
});
const copies = {
  'index.html': here('index.html'),
  'style.css': here('style.css'),
  'harbour.jpg': here('../harbour.jpg'),
  'mountains.jpg': here('../mountains.jpg'),
  'still-life.jpg': here('../still-life.jpg'),
  'start.onnx': place('fast-neural-style/models/start/modern.onnx'),
  'vgg16.safetensors': (await loadVggWeights('vgg16')).file,
};
for (const end of ['wasm', 'mjs']) {
  const name = `ort-wasm-simd-threaded.asyncify.${end}`;
  copies[name] = place(`onnxruntime-web/${name}`);
}
for (const [name, from] of Object.entries(copies)) await copyFile(from, join(folder, name));
