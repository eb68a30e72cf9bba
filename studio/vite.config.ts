/** Builds the studio into dist/studio: static files that find everything else under `files/` beside them. */
import { fileURLToPath } from 'node:url';
import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// ONNX Runtime's WebAssembly is fetched and kept by worker/runtime.ts, so that no bundle holds it.
const conditions = [
  '@fast-neural-style/source',
  'onnxruntime-web-use-extern-wasm',
  'browser',
  'module',
  'import',
];

export default defineConfig({
  root: here('.'),
  base: './',
  resolve: { conditions },
  build: {
    outDir: here('../dist/studio'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  worker: { format: 'es' },
  plugins: [
    preact(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: '.',
      filename: 'service-worker.ts',
      injectRegister: false,
      injectManifest: {
        globPatterns: ['**/*.{html,js,css,svg,webp,jpg}'],
        maximumFileSizeToCacheInBytes: 4e6,
      },
      manifest: {
        name: 'Fast neural style',
        short_name: 'Neural style',
        description: 'Photos in the style of a painting, made on this machine.',
        display: 'standalone',
        start_url: './',
        background_color: '#1b1b1b',
        theme_color: '#1b1b1b',
        icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' }],
      },
    }),
  ],
});
