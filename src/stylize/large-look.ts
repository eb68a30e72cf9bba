/** The steps of `looks.ts` row by row, for pictures that are not in memory as a whole. */
import type { Image } from '../core/image.js';
import type { Planes } from '../core/planes.js';
import { eachBand, type RowSource, type WriteRows } from '../core/row-source.js';
import { floatScratch, type OpenScratch } from '../core/scratch.js';
import type { Size } from '../core/sizes.js';
import type { DrawJob } from './large-pictures.js';
import type { Plan } from './look-plan.js';
import { maskRows, meanPicture, towards, withPhotoColours } from './looks.js';
import { colourSums, withColourStatistics } from './match-colours.js';
import { isOneColourSource } from './one-colour.js';

/** What is made of a picture: one look, or another where a mask is dark. */
export interface Look {
  plan: Plan;
  mask: Image | undefined;
  /** The look of what the mask leaves; the photo by default. */
  other: Plan | undefined;
  openScratch: OpenScratch;
}

/** Rows of whole pictures that are in memory at once. */
const BAND = 64;

/** Changes rows that a network has drawn, which begin at row `start`. */
type Finish = (rows: Planes, start: number) => Promise<Planes>;

/**
 * Tells whether a picture of this size is drawn row by row: its networks draw strips, and no step needs the whole of it in
 * memory.
 */
export function isLarge({ plan, other }: Look, size: Size): boolean {
  const plans = other ? [plan, other] : [plan];
  return plans.every(
    ({ parts, strokeSize }) => strokeSize === 1 && parts.every(({ network }) => network.isTooLarge(size)),
  );
}

/**
 * Draws a picture that `isLarge`.
 *
 * @param write told its rows
 * @throws the signal's reason when it is aborted
 */
export async function drawLargeLook(
  { plan, other, mask, openScratch }: Look,
  photo: RowSource,
  write: WriteRows,
  job: DrawJob,
): Promise<void> {
  const { height } = photo;
  if (plan.strength === 0) {
    await eachBand(height, BAND, async (start, end) => write(await photo.read(start, end), start));
    return;
  }
  const pictures = plan.parts.length + (other?.parts.length ?? 0);
  let drawn = 0;
  /** The job of the next picture, whose share is that of all. */
  const nextJob = (): DrawJob => {
    const before = drawn++;
    return { ...job, onShare: (share) => job.onShare?.((before + share) / pictures) };
  };
  const kept: { free(): Promise<void> }[] = [];
  try {
    const isToned = await isOneColourSource(photo);
    /** Draws the pictures of a look into scratch memory, and gives its rows. */
    const drawAll = async (all: Plan): Promise<(start: number, end: number) => Promise<Planes>> => {
      const planes: Awaited<ReturnType<typeof floatScratch>>[] = [];
      for (const { network, mix } of all.parts) {
        const plane = await floatScratch(openScratch, photo);
        kept.push(plane);
        planes.push(plane);
        await network.drawLarge(photo, mix, nextJob(), plane.write);
      }
      const shares = all.parts.map(({ share }) => share);
      const blend = async (start: number, end: number) => {
        const rows: Planes[] = [];
        for (const plane of planes) rows.push(await plane.read(start, end));
        return meanPicture(rows, shares);
      };
      const finish = await finisher(all, photo, isToned, blend);
      return async (start, end) => finish(await blend(start, end), start);
    };
    const rest = other ? await drawAll(other) : (start: number, end: number) => photo.read(start, end);
    const shown = mask && maskRows(mask, photo);
    const put: WriteRows = async (rows, start) => {
      const end = start + rows.height;
      await write(shown ? towards(await rest(start, end), rows, shown(start, end)) : rows, start);
    };
    const [part] = plan.parts as [Plan['parts'][0]];
    if (plan.parts.length === 1 && !isToned && plan.colours !== 'match') {
      const finish = await finisher(plan, photo, false);
      const finished: WriteRows = async (rows, start) => put(await finish(rows, start), start);
      await part.network.drawLarge(photo, part.mix, nextJob(), finished);
    } else {
      const look = await drawAll(plan);
      await eachBand(height, BAND, async (start, end) => put(await look(start, end), start));
    }
  } finally {
    for (const plane of kept) await plane.free();
  }
}

/**
 * Steps 3 and 4 of `looks.ts` for a picture.
 *
 * @param isToned gives it the photo's tone first
 * @param blend its rows before, where its statistics are needed
 */
async function finisher(
  { colours, strength, strengthInside }: Plan,
  photo: RowSource,
  isToned: boolean,
  blend?: (start: number, end: number) => Promise<Planes>,
): Promise<Finish> {
  const [own, wanted, unweighted, tone] = [colourSums(), colourSums(), colourSums(), colourSums()];
  if (blend && (isToned || colours === 'match')) {
    await eachBand(photo.height, BAND, async (start, end) => {
      const [rows, seen] = [await blend(start, end), await photo.read(start, end)];
      const alpha = await photo.readAlpha?.(start, end);
      own.add(rows, alpha);
      wanted.add(seen, alpha);
      unweighted.add(rows);
      tone.add(seen);
    });
  }
  const lift = isToned
    ? tone.statistics().mean.map((mean, c) => mean - unweighted.statistics().mean[c]!)
    : [0, 0, 0];
  const pictureStatistics = colours === 'match' ? own.statistics() : undefined;
  return async (rows, start) => {
    const pixels = rows.width * rows.height;
    if (isToned) for (let i = 0; i < rows.data.length; i++) rows.data[i]! += lift[Math.floor(i / pixels)]!;
    if (colours === 'style' && (strength === 1 || strengthInside)) return rows;
    const seen = await photo.read(start, start + rows.height);
    let coloured = rows;
    if (pictureStatistics) {
      const { mean, covariance } = pictureStatistics;
      const moved = { mean: mean.map((m, c) => m + lift[c]!), covariance };
      coloured = withColourStatistics(rows, moved, wanted.statistics());
    } else coloured = withPhotoColours(rows, seen, colours);
    return strengthInside ? coloured : towards(seen, coloured, strength);
  };
}
