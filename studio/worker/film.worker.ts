/** The worker that draws frames: of a camera, of a video. */
import { expose, transfer } from 'comlink';
import { fromImageData, pictures, toImageData } from 'fast-neural-style/browser';
import type { PictureLook } from './draw.worker.js';
import type { OnBytes } from './kept-files.js';
import { KeptStyles } from './kept-styles.js';
import { type RuntimeSettings, startRuntime } from './runtime.js';
import { type SteadyRun, steadied } from './steady.js';

/** What frames are to look like. */
export type FilmLook = Omit<PictureLook, 'mask'>;

/** How a frame is drawn. */
export interface FrameShape {
  width: number;
  height: number;
  /** Left and right change places. */
  isMirrored?: boolean;
}

/** A frame that is drawn. */
export interface DrawnFrame {
  bitmap: ImageBitmap;
  device: string;
}

let device: 'auto' | 'cpu' | 'webgpu' = 'auto';
/** Told of downloads. */
let onBytes: OnBytes | undefined;
const styles = new KeptStyles();
let canvas: OffscreenCanvas | undefined;

/** The pixels of a frame in its shape. */
function pixelsOf(frame: ImageBitmap | VideoFrame, { width, height, isMirrored }: FrameShape): ImageData {
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  context.setTransform(isMirrored ? -1 : 1, 0, 0, 1, isMirrored ? width : 0, 0);
  context.drawImage(frame, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

const worker = {
  /** Loads ONNX Runtime. */
  async start(settings: RuntimeSettings, told?: OnBytes): Promise<void> {
    device = await startRuntime(settings, told);
    onBytes = told;
  },

  /** A frame with a look; the frame is closed. Those of a steady video come in their order. */
  async frame(
    frame: ImageBitmap | VideoFrame,
    { parts, strokeSize, ...rest }: FilmLook,
    shape: FrameShape,
    steady?: SteadyRun,
  ): Promise<DrawnFrame> {
    const photo = fromImageData(pixelsOf(frame, shape));
    frame.close();
    const drawn = [];
    let used = '';
    for (const { style, share } of parts) {
      const stylizer = await styles.get(style, { device });
      // Strokes of another size need a network that takes any size.
      drawn.push({
        picture: await stylizer.stylize(photo, stylizer.fixedSize ? {} : { strokeSize }),
        share,
      });
      used = stylizer.device;
    }
    const [only] = drawn;
    const isPlain = drawn.length === 1 && rest.strength === 1 && rest.colours === 'style';
    const plain = isPlain ? only!.picture : pictures.applyLook(photo, drawn, rest);
    const picture = steady ? await steadied(steady, photo, plain, onBytes) : plain;
    const bitmap = await createImageBitmap(toImageData(picture));
    return transfer({ bitmap, device: used }, [bitmap]);
  },
};

/** What the page calls. */
export type FilmWorker = typeof worker;

expose(worker);
