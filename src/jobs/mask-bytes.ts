import type { Image } from '../core/image.js';

/** All that a mask is, as bytes: for the SHA-256 of what pictures are made with. */
export function maskBytes({ width, height, data, alpha }: Image): Uint8Array[] {
  const layout = new TextEncoder().encode(`${width}x${height} ${alpha ? 'RGBA' : 'RGB'}\n`);
  return [layout, data, ...(alpha ? [alpha] : [])];
}
