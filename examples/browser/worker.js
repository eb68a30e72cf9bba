// Learns a style from pictures in memory. It runs in a worker, because a training keeps its thread busy and a page has to stay awake.
import {
  env,
  files,
  fromImageData,
  loadStyle,
  nets,
  toImageData,
  trainStyleFromPictures,
} from 'fast-neural-style/browser';
import { trainingSettings } from './settings.js';

// build.mjs puts ONNX Runtime's WebAssembly beside this file.
env.wasm.wasmPaths = new URL('.', import.meta.url).href;

const LARGEST_SIDE = 640;

/** The picture in a file or at an address, at most so large. */
async function readPicture(source) {
  const blob = source instanceof Blob ? source : await (await fetch(source)).blob();
  const own = await createImageBitmap(blob);
  const scale = Math.min(1, LARGEST_SIDE / Math.max(own.width, own.height));
  const [width, height] = [Math.round(own.width * scale), Math.round(own.height * scale)];
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(own, 0, 0, width, height);
  return fromImageData(context.getImageData(0, 0, width, height));
}

async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Trains, and tells the page how far it is (`progress`) and what the photo looks like now (`painted`). */
async function train({ painting, photos, photo, steps, weights, device }) {
  const { tensors } = files.readSafetensors(await download(weights));
  const picture = await readPicture(photo);
  let painted = Promise.resolve();
  const paint = async (style) => {
    const stylizer = await loadStyle(style, { device });
    postMessage({ type: 'painted', style, picture: toImageData(await stylizer.stylize(picture)) });
    await stylizer.close();
  };
  const result = await trainStyleFromPictures(
    {
      ...trainingSettings(tensors),
      painting: await readPicture(painting),
      photos: await Promise.all(photos.map(readPicture)),
      lossNetwork: nets.vggNetwork('vgg16', tensors),
      init: await download('start.onnx'),
      steps,
      previewEvery: Math.ceil(steps / 10),
      device,
    },
    {
      onEvent(event) {
        if (event.type === 'progress') postMessage(event);
        if (event.type === 'preview') painted = painted.then(() => paint(event.style));
      },
    },
  );
  await painted;
  postMessage({ type: 'done', steps: result.steps, seconds: result.seconds, device: result.device });
}

self.onmessage = ({ data }) => {
  train(data).catch((error) => postMessage({ type: 'failed', message: error.message }));
};
