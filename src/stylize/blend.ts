/** Blends: several styles, and how much of each. */
import { badOption } from '../core/errors.js';
import type { Mixture } from '../files/mixture.js';

/** One style of a blend. */
export interface StyleShare {
  /** The bytes of a style file. */
  style: Uint8Array;
  /** How much of it, from 0 on; 1 by default. Shares are divided by their sum. */
  share?: number;
  /** The paintings of a network of many, and how much of each within this share. */
  mix?: Mixture;
  /** Its name in messages. */
  label?: string;
}

/**
 * The styles of a blend with shares of the sum 1. Styles without a share are left out. Paintings of one network (the
 * same bytes) are joined into one mixture of it: the network mixes its rows and draws once.
 *
 * @param label the name of the style in messages
 * @throws FnsError (usage) when a share is no number from 0 on, or none is above 0.
 */
export function joinShares(
  input: Uint8Array | readonly StyleShare[],
  label: string,
): (Required<Pick<StyleShare, 'style' | 'share' | 'label'>> & Pick<StyleShare, 'mix'>)[] {
  if (input instanceof Uint8Array) return [{ style: input, share: 1, label }];
  const shares = input.map(({ share = 1 }) => share);
  const sum = shares.reduce((total, share) => total + share, 0);
  if (!(sum > 0) || !Number.isFinite(sum) || shares.some((share) => !(share >= 0))) {
    throw badOption('style', `shares are numbers from 0 on, not all 0: got ${shares.join(', ') || 'none'}`);
  }
  const joined: ReturnType<typeof joinShares> = [];
  input.forEach(({ style, share = 1, mix, label: own }, i) => {
    if (share === 0) return;
    const part = { style, share: share / sum, label: own ?? (input.length > 1 ? `style ${i + 1}` : label) };
    const same = mix && joined.find((other) => other.style === style && other.mix);
    if (!same) joined.push(mix ? { ...part, mix } : part);
    else {
      same.mix = joinedMix(same.mix!, same.share, mix, part.share);
      same.share += part.share;
    }
  });
  return joined;
}

/** Two mixtures of one network as one, each with its share. */
function joinedMix(a: Mixture, shareA: number, b: Mixture, shareB: number): Mixture {
  const joined: Record<string, number> = {};
  for (const [mix, whole] of [
    [a, shareA],
    [b, shareB],
  ] as const) {
    const sum = Object.values(mix).reduce((total, v) => total + v, 0);
    for (const [name, v] of Object.entries(mix)) joined[name] = (joined[name] ?? 0) + (whole * v) / sum;
  }
  return joined;
}
