/** Variant `number` of a painting as planes `[3, side, side]`, RGB 0..255. */
export function variant(
  path: string,
  side: number,
  place: number,
  number: number,
): Promise<{ width: number; height: number; data: Float32Array }>;
