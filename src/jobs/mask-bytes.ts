import type { Image } from '../core/image.js';

/** A mask as bytes (its size, whether it has alpha, its pixels), to hash what pictures were made from. */
export function maskBytes({ width, height, data, alpha }: Image): Uint8Array[] {
  const layout = new TextEncoder().encode(`${width}x${height} ${alpha ? 'RGBA' : 'RGB'}\n`);
  return [layout, data, ...(alpha ? [alpha] : [])];
}
