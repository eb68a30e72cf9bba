/** The worker that draws frames: of a camera, of a video. */
import { expose, transfer } from 'comlink';
import { fromImageData, pictures, toImageData } from 'fast-neural-style/browser';
import type { PictureLook } from './draw.worker.js';
import type { OnBytes } from './kept-files.js';
import { KeptStyles } from './kept-styles.js';
import { type RuntimeSettings, startRuntime } from './runtime.js';

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
  async start(settings: RuntimeSettings, onBytes?: OnBytes): Promise<void> {
    device = await startRuntime(settings, onBytes);
  },

  /** A frame with a look; the frame is closed. */
  async frame(
    frame: ImageBitmap | VideoFrame,
    { parts, strokeSize, ...rest }: FilmLook,
    shape: FrameShape,
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
    const picture = isPlain ? only!.picture : pictures.applyLook(photo, drawn, rest);
    const bitmap = await createImageBitmap(toImageData(picture));
    return transfer({ bitmap, device: used }, [bitmap]);
  },
};

/** What the page calls. */
export type FilmWorker = typeof worker;

expose(worker);
