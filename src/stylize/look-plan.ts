/** What is made of a picture, checked. */
import { badOption, usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { type Mixture, mixVector, requireStrength } from '../files/mixture.js';
import { type Colours, requireColours } from './looks.js';
import type { StyleNetwork } from './network.js';
import { requireStrokeSize } from './stroke-size.js';

/** What may be chosen anew for each picture. The order in which it is applied is that of `looks.ts`. */
export interface StyleChoice {
  /** The paintings of a network of many, and how much of each; needed when it has several. */
  mix?: Mixture;
  /** 1 (default): the style; 0: the photo; between: between. */
  strength?: number;
  /** Strokes so many times as large as the network draws them, 0.5 to 4; 1 by default. */
  strokeSize?: number;
  /** `style` by default. */
  colours?: Colours;
  /**
   * Where the style is: everywhere that this picture is white. Where it is black there is the photo, or the style
   * `maskStyle`; grey is between, transparent counts as black. It is stretched to the photo's size.
   */
  mask?: Image;
}

/** A part of a blend whose network is loaded. */
export interface LoadedPart {
  network: StyleNetwork;
  share: number;
  mix: Mixture | undefined;
}

/** A checked choice. */
export interface Plan {
  parts: { network: StyleNetwork; share: number; mix: Float32Array | undefined }[];
  strokeSize: number;
  colours: Colours;
  strength: number;
  /** The network mixes the photo in. */
  strengthInside: boolean;
}

/**
 * Checks what was chosen and fills in what was not.
 *
 * @throws FnsError (usage) for an unknown painting, or a choice out of range.
 */
export function planOf(parts: readonly LoadedPart[], options: StyleChoice, choice: StyleChoice): Plan {
  const strength = choice.strength ?? options.strength ?? 1;
  const strokeSize = choice.strokeSize ?? options.strokeSize ?? 1;
  const colours = choice.colours ?? options.colours ?? 'style';
  const mix = choice.mix ?? options.mix;
  requireStrength(strength);
  requireStrokeSize(strokeSize);
  requireColours(colours);
  if (mix && parts.length > 1) throw badOption('mix', 'each style of a blend has its own');
  const strengthInside = parts.length === 1 && parts[0]!.network.paintings !== undefined;
  const planned = parts.map(({ network, share, mix: own }) => {
    network.requireStrokeSize(strokeSize);
    const { paintings, label } = network;
    const wanted = mix ?? own;
    if (!paintings && wanted) throw usage(`${label} holds one painting only: no name is needed after it`);
    const vector = paintings && mixVector(paintings, wanted, strengthInside ? strength : 1, label);
    return { network, share, mix: vector };
  });
  return { parts: planned, strokeSize, colours, strength, strengthInside };
}
