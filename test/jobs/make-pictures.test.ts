import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { JobEvent } from '../../src/jobs/job.js';
import { makePictures } from '../../src/jobs/make-pictures.js';
import { newFolder } from '../cli/fns.js';

let folder: string;

/** Photos of 10x10, 20x20 and 30x30, TIFFs of two pages, so that it is noted when each is opened. */
beforeAll(async () => {
  folder = await newFolder();
  await mkdir(join(folder, 'in'));
  for (const n of [1, 2, 3]) {
    const side = 10 * n;
    await sharp(Buffer.alloc(side * side * 2 * 3, 60 * n), {
      raw: { width: side, height: 2 * side, channels: 3, pageHeight: side },
    })
      .tiff({ compression: 'deflate' })
      .toFile(join(folder, 'in', `${n}.tif`));
  }
});

/** Makes the pictures, and gives what happened in its order. */
async function run(out: string, make: (log: string[]) => Promise<void>, more: object = {}) {
  const log: string[] = [];
  const events: JobEvent[] = [];
  const onEvent = (event: JobEvent) => {
    events.push(event);
    if (event.type === 'note') log.push(`open ${/(\d)\.tif/.exec(event.message)![1]}`);
    if (event.type === 'file') log.push(`written ${/(\d)\.tif$/.exec(event.path)![1]}`);
  };
  let count = 0;
  const result = await makePictures(
    { photos: join(folder, 'in'), out: join(folder, out) },
    { onEvent, ...more },
    {
      settings: 'x',
      async make(image) {
        const own = ++count;
        log.push(`begin ${own}`);
        await make(log);
        log.push(`end ${own}`);
        return image;
      },
    },
  );
  return { log, events, result };
}

describe('while a picture is made', () => {
  test('the next photo is opened, and no other; the last picture is written', async () => {
    const { log } = await run('a', async (log) => {
      const own = log.filter((line) => line.startsWith('begin')).length;
      const expected = [...(own < 3 ? [`open ${own + 1}`] : []), ...(own > 1 ? [`written ${own - 1}`] : [])];
      for (let tries = 0; !expected.every((line) => log.includes(line)); tries++) {
        if (tries > 1000) throw new Error(`nothing happened meanwhile: ${log}`);
        await setTimeout(5);
      }
      await setTimeout(50);
      expect(log).not.toContain(`open ${own + 2}`);
    });
    expect(log.filter((line) => line.startsWith('written'))).toEqual(['written 1', 'written 2', 'written 3']);
  });

  test('progress counts pixels', async () => {
    const { events } = await run('b', async () => {});
    const shares = events.flatMap((event) => (event.type === 'progress' ? [event.share] : []));
    // 100, 400 and 900 of 1400 pixels.
    expect(shares).toEqual([0, 100 / 1400, 500 / 1400]);
  });

  test('a signal ends the job with what is done', async () => {
    const stop = new AbortController();
    const { result } = await run('c', async () => stop.abort(), { signal: stop.signal });
    expect(result).toMatchObject({ stopped: true, written: [join(folder, 'c', '1.tif')], failed: [] });
  });

  test('an error of a picture is that of its photo alone', async () => {
    const { result } = await run('d', async (log) => {
      if (log.includes('begin 2') && !log.includes('begin 3')) throw new Error('no');
    });
    expect(result.failed).toEqual([{ file: join(folder, 'in', '2.tif'), message: 'no' }]);
    expect(result.written).toHaveLength(2);
  });
});

describe('what an animation carries', () => {
  const RED = [234, 51, 35];
  const BLUE = [0, 0, 245];
  let photo: string;

  /** Two frames, red and blue of sRGB in the numbers of Display P3, with EXIF and XMP data. */
  beforeAll(async () => {
    photo = join(folder, 'p3.webp');
    const pixels = Buffer.concat(
      [RED, BLUE].map((colour) => Buffer.alloc(8 * 6 * 3, Uint8Array.from(colour))),
    );
    const raw = { width: 8, height: 12, channels: 3, pageHeight: 6 } as const;
    await sharp({ create: { width: 1, height: 1, channels: 3, background: 'black' } })
      .withExif({ IFD0: { Copyright: 'somebody' } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><a/></x:xmpmeta>')
      .withIccProfile('p3')
      .png()
      .toBuffer()
      .then((black) => sharp(pixels, { raw }).boolean(black, 'or').keepMetadata())
      .then((picture) => picture.webp({ lossless: true, delay: [50, 70], loop: 3 }).toFile(photo));
  });

  /** Makes a picture that is its photo, and gives the first numbers of its frames as they are in the file. */
  async function copied(out: string) {
    const notes: string[] = [];
    await makePictures(
      { photos: photo, out: join(folder, out), keepProfile: true, keepMetadata: true, quality: 100 },
      { onEvent: (event) => event.type === 'note' && notes.push(event.message.replace(photo, 'p3.webp')) },
      { settings: 'x', make: async (image) => image },
    );
    const path = join(folder, out);
    const { data, info } = await sharp(path, { animated: true, ignoreIcc: true })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const colours = [0, 6].map((row) => [...data.subarray(row * info.width * 3, row * info.width * 3 + 3)]);
    return { colours, notes, header: await sharp(path).metadata() };
  }

  function expectColours(colours: number[][], expected: number[][]) {
    const away = colours.flat().map((value, i) => Math.abs(value - expected.flat()[i]!));
    expect(Math.max(...away), JSON.stringify(colours)).toBeLessThanOrEqual(3);
  }

  test('goes into WebP: the numbers stay, and the profile says what they mean', async () => {
    const { colours, notes, header } = await copied('kept.webp');
    const { icc } = await sharp(photo).metadata();
    expect(icc).toBeDefined();
    expect(header).toMatchObject({ pages: 2, delay: [50, 70], loop: 3, width: 8, height: 6, icc });
    expect(header.exif?.toString('latin1')).toContain('somebody');
    expect(header.xmp?.toString()).toContain('<a/>');
    expectColours(colours, [RED, BLUE]);
    expect(notes).toEqual([]);
  });

  test('does not go into GIF: colours become sRGB, and it is said', async () => {
    const { colours, notes, header } = await copied('bare.gif');
    expect(header).toMatchObject({ pages: 2, delay: [50, 70], loop: 3 });
    expectColours(colours, [
      [255, 0, 0],
      [0, 0, 255],
    ]);
    expect(notes).toEqual([
      'p3.webp has a colour profile, and the format of its picture holds none: colours are converted to sRGB',
      'p3.webp has EXIF or XMP data, and the format of its picture holds none: it is left out',
    ]);
  });
});
