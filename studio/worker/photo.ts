/** Photos in a worker: files decoded by the browser, pixels for the library, files again. */
import { fromImageData, type Image, toImageData } from 'fast-neural-style/browser';

/** The most pixels that are decoded: more than a browser's canvas holds. */
const MOST_PIXELS = 256e6;

/**
 * Decodes a file: orientation applied, colours in sRGB.
 *
 * @param longest the longer side is at most that
 * @param shorter the shorter side is at most that
 * @throws Error `not-a-picture` when the browser cannot read it, `too-large`.
 */
export async function decodePhoto(
  file: Blob,
  longest = Number.POSITIVE_INFINITY,
  shorter = Number.POSITIVE_INFINITY,
): Promise<Image> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => {
    throw new Error('not-a-picture');
  });
  try {
    if (bitmap.width * bitmap.height > MOST_PIXELS) throw new Error('too-large');
    const sides = [bitmap.width, bitmap.height];
    const scale = Math.min(1, longest / Math.max(...sides), shorter / Math.min(...sides));
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(bitmap.height * scale));
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('too-large');
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
    return fromImageData(context.getImageData(0, 0, width, height));
  } finally {
    bitmap.close();
  }
}

/** A type that a picture can be saved as. */
export type PictureType = 'image/png' | 'image/jpeg' | 'image/webp';

/** Encodes a picture. */
export function encodePicture(image: Image, type: PictureType, quality = 0.92): Promise<Blob> {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d')!;
  context.putImageData(toImageData(image), 0, 0);
  if (type === 'image/jpeg' && image.alpha) {
    // JPEG has no alpha: what is transparent shows white.
    context.globalCompositeOperation = 'destination-over';
    context.fillStyle = '#fff';
    context.fillRect(0, 0, image.width, image.height);
  }
  return canvas.convertToBlob({ type, quality });
}
