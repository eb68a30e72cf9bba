/** A width and a height in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** The size scaled so that its shorter side is `side`, the other rounded to whole pixels. */
export function withShorterSide({ width, height }: Size, side: number): Size {
  const scale = side / Math.min(width, height);
  return width < height
    ? { width: side, height: Math.max(side, Math.round(height * scale)) }
    : { width: Math.max(side, Math.round(width * scale)), height: side };
}

/** The size scaled so that its longer side is `side`, the other rounded to whole pixels, at least 1. */
export function withLongerSide({ width, height }: Size, side: number): Size {
  const scale = side / Math.max(width, height);
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** The size, or the size scaled down so that its longer side is `side`. */
export function atMostLongerSide(size: Size, side: number): Size {
  return Math.max(size.width, size.height) > side ? withLongerSide(size, side) : size;
}
