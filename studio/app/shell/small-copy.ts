/** Small copies of photos: hundreds at their own size would not fit. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** The address of a copy 96 pixels high; empty until it is there. */
export function useSmallCopy(file: Blob): string {
  const url = useSignal('');
  useEffect(() => {
    let isGone = false;
    void createImageBitmap(file, { resizeHeight: 96 })
      .then(async (bitmap) => {
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
        bitmap.close();
        const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
        if (!isGone) url.value = URL.createObjectURL(blob);
      })
      .catch(() => undefined);
    return () => {
      isGone = true;
      URL.revokeObjectURL(url.value);
    };
  }, [file, url]);
  return url.value;
}
