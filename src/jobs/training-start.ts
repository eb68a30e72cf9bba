/** The start of a training: random numbers, a style, or a network of many paintings. */
import { basename } from 'node:path';
import { usage } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { type Mixture, mixedStyle } from '../files/mixture.js';
import { decodeStyle, type Style } from '../files/style-file.js';
import { packRow, rowLength } from '../nets/rows.js';
import { widened } from '../nets/widen.js';
import { readShippedStart, readStyleFile } from '../node/shipped.js';
import type { TrainingConfig, TrainingOptions } from '../train/config.js';

/** The name of the shipped start, from which a training starts unless told otherwise. */
const SHIPPED_START = 'start';

/** The start of a training. */
export interface StartingPoint {
  style: Style;
  /** A name for messages. */
  label: string;
  /** The `init` that names it, without folders: `start`, `wave`, `many.onnx:wave=0.6`. */
  init: string;
  /** Which of its paintings to start from; by default the mean of all. */
  mix?: Mixture;
  /** True when the new paintings are added to those of the network, instead of making a style of their own. */
  adds: boolean;
  /** True when nobody asked for it. */
  byDefault: boolean;
}

/**
 * Reads the start of a training.
 *
 * @param init `none`; `start`, the shipped start; a style file or a shipped style; `FILE:NAME=SHARE,...`, a mixture of
 *   its paintings, or `FILE:mean`. Without, it is the shipped start where the configuration's network is one like it.
 * @throws FnsError when it cannot be read.
 */
export async function startingPoint(
  init: string | undefined,
  { architecture = 'modern', width }: TrainingOptions,
): Promise<StartingPoint | undefined> {
  if (init === 'none') return undefined;
  if (init === undefined || init === SHIPPED_START) {
    const byDefault = init === undefined;
    if (byDefault && architecture !== 'modern') return undefined;
    const { bytes, label } = await readShippedStart();
    const style = decodeStyle(bytes, label);
    if (byDefault && width !== undefined && !isReached(style.info.width, width)) return undefined;
    return { style, label, init: SHIPPED_START, adds: false, byDefault };
  }
  const { bytes, label, mix } = await readStyleFile(init);
  const style = decodeStyle(bytes, label);
  const isMany = style.info.paintings !== undefined;
  const mean = mix !== undefined && Object.keys(mix).join() === 'mean';
  const adds = isMany && mix === undefined;
  return { style, label, init: basename(init), mix: mean ? undefined : mix, adds, byDefault: false };
}

/** Tells who gets a start without having asked for it, or one that changes more than they may expect. */
export function startNote(start: StartingPoint, config: TrainingConfig): string | undefined {
  if (start.byDefault) {
    return 'starting from the shipped network that has learned many paintings (init none: from random numbers)';
  }
  const changes = start.adds && config.only !== 'rows';
  return changes
    ? `the other paintings of ${start.label} change too (only rows leaves them as they are)`
    : undefined;
}

/** Tells whether doubling a width some times, or never, gives another. */
function isReached(from: number, to: number): boolean {
  return Number.isInteger(Math.log2(to / from)) && to >= from;
}

/**
 * The parameters that a training of this configuration starts from. A network of half the width (or a quarter, ...) is
 * widened.
 *
 * @throws FnsError (usage) when the network is another than the configuration's.
 */
export function startingParameters(
  start: StartingPoint,
  config: TrainingConfig,
): ReadonlyMap<string, FloatTensor> {
  const { style, label, mix } = start;
  const { architecture, width, paintings: known } = style.info;
  const fits = start.adds ? width === config.width : isReached(width, config.width);
  if (architecture !== config.architecture || !fits) {
    throw usage(
      `${label} is ${architecture} of width ${width}, the training asks for ${config.architecture} of width ${config.width}: ` +
        `give its architecture and width${start.adds ? '' : ' (twice the width will do)'}, or init none`,
    );
  }
  const all = known && Object.fromEntries(known.map((name) => [name, 1]));
  let single: ReadonlyMap<string, FloatTensor> = mixedStyle(style, mix ?? all, label).parameters;
  for (let w = width; w < config.width; w *= 2) single = widened(single, architecture, w);
  if (!config.paintings) return single;
  const length = rowLength(config.width);
  const rows = new Float32Array(config.paintings.length * length);
  config.paintings.forEach((name, place) => {
    const old = start.adds ? (known?.indexOf(name) ?? -1) : -1;
    const row =
      old < 0
        ? packRow(single, config.width)
        : style.parameters.get('rows')!.data.subarray(old * length, (old + 1) * length);
    rows.set(row, place * length);
  });
  const parameters = new Map(single).set('rows', { shape: [config.paintings.length, length], data: rows });
  const identity = start.adds ? style.parameters.get('identity') : undefined;
  return identity ? parameters.set('identity', identity) : parameters;
}
