/** Pictures of the service in the formats of this page. */
import type { PictureType } from '../../worker/photo.js';

/** The picture of a file as a file of another type. */
export async function encodedAs(picture: Blob, type: PictureType, quality = 0.92): Promise<Blob> {
  if (picture.type === type) return picture;
  const bitmap = await createImageBitmap(picture);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('too-large');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  if (type === 'image/jpeg') {
    // JPEG has no alpha: what is transparent shows white.
    context.globalCompositeOperation = 'destination-over';
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  return canvas.convertToBlob({ type, quality });
}
