/** The report of an evaluation of pictures: means of each network, their table, numbers and chart. */
import { join } from 'node:path';
import type { FrameDepths } from '../evaluate/frame.js';
import { FRAME_DEPTHS, frameOf } from '../evaluate/frame.js';
import type { Chart } from '../node/media/chart.js';
import { writeFileAtomically } from '../node/media/files.js';
import { markdownTable } from './evaluation-results.js';
import type { JudgedNetwork } from './judged-networks.js';
import type { PictureMeasures } from './judged-pictures.js';

/** The means of a network over the photos, and what they are means of. */
export interface NetworkResult {
  name: string;
  /** A network that the styles are compared with. */
  isRival: boolean;
  /** Squared difference from the photo at relu3_3 of VGG19, over the photo's own mean square. */
  content: number;
  /** Squared Gram difference from the painting at the size that fits best, over its own squared norm. */
  style: number;
  /** The shorter side of the painting, in pixels, that fits best. */
  paintingSize: number;
  /** Levels of the frame that its pictures have in common (`frameOf`), by its depth. */
  frame: FrameDepths;
  /** The strongest narrow peak of the spectrum where the photos are smooth, over the painting's own at that size. */
  pattern: number;
  /** Share of pixels that are black or white. */
  burnt: number;
  /** By photo. */
  pictures: Record<string, PictureMeasures>;
}

/** The results of `evaluatePictures`. */
export interface PicturesResult {
  /** The shorter side of the photos in pixels. */
  size: number;
  /** The photos that all networks were judged on. */
  photos: string[];
  /** The strongest narrow peak of the painting's own spectrum by its shorter side in pixels. */
  paintingPeaks: Record<number, number>;
  networks: NetworkResult[];
  /** True when the signal ended the job before the last photo. */
  stopped: boolean;
}

/**
 * The means of a network; NaN without photos.
 *
 * @param pictures its measures by photo
 * @param paintingPeaks the peaks of the painting's own spectrum by its shorter side
 */
export function networkResult(
  { name, isRival }: Pick<JudgedNetwork, 'name' | 'isRival'>,
  pictures: Record<string, PictureMeasures>,
  paintingPeaks: Readonly<Record<number, number>>,
): NetworkResult {
  const all = Object.values(pictures);
  const mean = (of: (measures: PictureMeasures) => number) =>
    all.reduce((sum, measures) => sum + of(measures), 0) / all.length;
  const styles = Object.keys(paintingPeaks).map((text) => {
    const size = Number(text);
    return { size, style: mean((m) => m.styles[size]!) };
  });
  const best = styles.reduce((a, b) => (b.style < a.style ? b : a));
  return {
    name,
    isRival,
    content: mean((m) => m.content),
    style: best.style,
    paintingSize: best.size,
    frame: frameOf(all.map((m) => m.border)),
    pattern: mean((m) => m.peak) / paintingPeaks[best.size]!,
    burnt: mean((m) => m.burnt),
    pictures,
  };
}

/** The table of the networks: its head, and a row of texts for each. */
export function picturesTable({ networks }: Pick<PicturesResult, 'networks'>): {
  head: string[];
  rows: string[][];
} {
  const frames = FRAME_DEPTHS.map((depth) => `frame ${depth}`);
  const head = ['network', 'content', 'style', 'painting at', ...frames, 'pattern', 'burnt'];
  const rows = networks.map(({ name, content, style, paintingSize, frame, pattern, burnt }) => [
    name,
    content.toFixed(3),
    style.toFixed(3),
    String(paintingSize),
    ...FRAME_DEPTHS.map((depth) => frame[depth].toFixed(2)),
    pattern.toFixed(2),
    `${(100 * burnt).toFixed(2)} %`,
  ]);
  return { head, rows };
}

/** Writes pictures.md, .json, .svg and .png. */
export async function writePicturesReport(out: string, result: PicturesResult): Promise<void> {
  const { size, photos, networks } = result;
  const { head, rows } = picturesTable(result);
  const note =
    `Means over ${photos.length} photos with a shorter side of ${size} pixels. Less is better. Content: squared difference from the photo at relu3_3 of VGG19, ` +
    'over the photo’s own mean square. Style: squared difference of the Gram matrices at relu1_2, relu2_2, relu3_3 and relu4_2 from the painting’s, over its squared norm, ' +
    'with the painting at the size that fits best. Frame: levels (of 255) by which lines of the outer 8, 16 and 32 pixels are brighter or darker than the same ' +
    'pixels of a larger picture, in all pictures together. Pattern: the strongest narrow peak of the spectrum where the photo is smooth, over the painting’s own. Burnt: pixels that are black or white.';
  await writeFileAtomically(
    join(out, 'pictures.md'),
    `# Networks of one painting\n\n${note}\n\n${markdownTable(head, rows)}\n`,
  );
  const { stopped: _, ...numbers } = result;
  await writeFileAtomically(join(out, 'pictures.json'), `${JSON.stringify(numbers, undefined, 2)}\n`);
  const { writeChart } = await import('../node/media/chart.js');
  await writeChart(join(out, 'pictures'), chartOf(networks));
}

function chartOf(networks: readonly NetworkResult[]): Chart {
  const groups = [
    { name: 'styles', of: networks.filter(({ isRival }) => !isRival) },
    { name: 'compared with', of: networks.filter(({ isRival }) => isRival) },
  ];
  return {
    title: 'Content and style: nearer to the photo, nearer to the painting',
    xLabel: 'style: difference from the painting',
    yLabel: 'content: difference from the photo',
    series: groups
      .filter(({ of }) => of.length > 0)
      .map(({ name, of }) => ({
        name,
        values: of.map(({ style, content }) => [style, content] as const),
        labels: of.map((network) => network.name),
      })),
  };
}
