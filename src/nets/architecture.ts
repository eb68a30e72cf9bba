/**
 * The transform networks: the source's, the paper's, what people prefer today, and that of
 * lengstrom/fast-style-transfer.
 */
export type Architecture = 'source' | 'paper' | 'modern' | 'lengstrom';

/** All architectures, for checking what a user typed. */
export const ARCHITECTURES: readonly Architecture[] = ['source', 'paper', 'modern', 'lengstrom'];

/** The size limits that a network puts on its input inside the style file. */
export interface InputRule {
  /** The input's sides must be multiples of this. */
  multiple: number;
  /** And at least this large, because reflection needs more pixels than it adds. */
  minimum: number;
}

/**
 * Every network halves twice; `source` reflects 10 pixels and `paper` 40. `lengstrom` surrounds with zeros and takes
 * every size as it is.
 */
export const INPUT_RULES: Record<Architecture, InputRule> = {
  source: { multiple: 4, minimum: 16 },
  paper: { multiple: 4, minimum: 44 },
  modern: { multiple: 4, minimum: 16 },
  lengstrom: { multiple: 1, minimum: 1 },
};

/**
 * Pixels that a style file continues a picture by on every side, reflected, before the network sees it, and cuts off
 * its result: VGG sees zeros beyond the border, so a network learns to draw a frame there. `source` and `paper` do the
 * same themselves. A multiple of every `multiple`.
 */
export const BLEED: Record<Architecture, number> = { source: 0, paper: 0, modern: 16, lengstrom: 0 };

/** Channels at full, half and quarter resolution. */
export function channels(width: number): [number, number, number] {
  return [width, 2 * width, 4 * width];
}
