import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openEventFile, tfRecord } from '../../../src/node/logs/tensorboard.js';
import { newFolder } from '../../cli/fns.js';
import { crc32c, masked, readEvents, splitRecords } from './records.js';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('TFRecord framing', () => {
  // RFC 3720, appendix B.4, and the check value of the CRC catalogue.
  test.each([
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ['31 to 0', Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
  ])('the published CRC-32C of %s', (_, data, crc) => {
    const record = Buffer.from(tfRecord(data));
    expect(record.readUInt32LE(12 + data.length)).toBe(masked(crc));
    expect(crc32c(data)).toBe(crc);
  });

  test('the 12 bytes that every event file of TensorFlow begins with: the length 24', () => {
    const record = tfRecord(new Uint8Array(24));
    expect(Buffer.from(record.subarray(0, 12))).toEqual(bytes('18 00 00 00 00 00 00 00 a3 7f 4b 22'));
  });

  test('records of any length come back', () => {
    const data = [0, 1, 7, 300, 70_000].map((n) => Buffer.alloc(n, n % 251));
    const { records, cut } = splitRecords(Buffer.concat(data.map((d) => tfRecord(d))));
    expect(cut).toBe(false);
    expect(records).toEqual(data);
  });
});

describe('an event file', () => {
  const now = () => 1_700_000_000_250;

  test('begins with the version and the start of a session, then scalars and pictures', async () => {
    const folder = await newFolder();
    const file = await openEventFile(folder, { now });
    await file.scalars(25, { total_loss: 1.5, 'losses/style_loss': -2.25e-3 });
    await file.images(50, { 'generated/image/0': { width: 4, height: 2, bytes: bytes('89 50') } });
    await file.scalars(2 ** 40, { total_loss: 0 });
    await file.close();
    expect(await readdir(folder)).toEqual([`events.out.tfevents.1700000000.${hostname()}`]);
    const { events, cut } = await readEvents(file.path);
    expect(cut).toBe(false);
    const wallTime = 1_700_000_000.25;
    const [image] = events[3]!.summary!.value;
    expect(image!.image!.encodedImageString).toEqual(bytes('89 50'));
    expect(image).toMatchObject({ tag: 'generated/image/0', image: { width: 4, height: 2, colorspace: 3 } });
    expect([events[0], events[1], events[2], events[4]]).toEqual([
      { wallTime, fileVersion: 'brain.Event:2' },
      { wallTime, step: 1, sessionLog: { status: 'START' } },
      {
        wallTime,
        step: 25,
        summary: {
          value: [
            { tag: 'total_loss', simpleValue: 1.5 },
            { tag: 'losses/style_loss', simpleValue: Math.fround(-2.25e-3) },
          ],
        },
      },
      { wallTime, step: 2 ** 40, summary: { value: [{ tag: 'total_loss', simpleValue: 0 }] } },
    ]);
  });

  test('is readable without being closed, and up to its last whole record when it is cut', async () => {
    const file = await openEventFile(await newFolder(), { now });
    for (const step of [1, 2, 3]) await file.scalars(step, { total_loss: step });
    const whole = await readFile(file.path);
    expect((await readEvents(file.path)).events).toHaveLength(5);
    for (const less of [1, 5, 20]) {
      await truncate(file.path, whole.length - less);
      const { events, cut } = await readEvents(file.path);
      expect(cut).toBe(true);
      expect(events.at(-1)!.step).toBe(2);
    }
    await file.close();
  });

  test('a resumed one comes last by name and makes TensorBoard forget the steps after', async () => {
    const folder = await newFolder();
    const files = [];
    for (const resumedAt of [0, 50, 100]) files.push(await openEventFile(folder, { resumedAt, now }));
    for (const file of files) await file.close();
    // A clock that went back, as on another machine.
    const earlier = await openEventFile(folder, { resumedAt: 120, now: () => 1_600_000_000_000 });
    await earlier.close();
    const names = [...files, earlier].map(({ path }) => path);
    expect((await readdir(folder)).sort().map((name) => join(folder, name))).toEqual(names);
    const starts = [];
    for (const name of names) starts.push((await readEvents(name)).events[1]!);
    // TensorBoard forgets events of this step and later ones.
    expect(starts.map(({ step, sessionLog }) => [step, sessionLog!.status])).toEqual(
      [1, 51, 101, 121].map((step) => [step, 'START']),
    );
  });

  test('a folder that is missing or a file is one clear error', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'a'));
    await expect(openEventFile(join(folder, 'b'))).rejects.toThrow(/cannot read .*b: no such file/);
    await expect(openEventFile(join(folder, 'file'))).rejects.toThrow(
      /file: a part of the path is not a folder/,
    );
  });
});
