import { expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { stylizeFrames } from '../../src/stylize/stylize-frames.js';

const frame = (index: number) => ({ width: 1, height: 1, data: Uint8Array.of(index, 0, 0), index });

async function* frames(count: number, asked: string[] = []) {
  for (let i = 0; i < count; i++) {
    asked.push(`read ${i}`);
    yield frame(i);
  }
}

/** Adds 100 to the red of a picture, after a while, and writes down when. */
function drawer(events: string[] = []) {
  return {
    async stylize(picture: Image): Promise<Image> {
      const red = picture.data[0]!;
      events.push(`begin ${red}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
      events.push(`end ${red}`);
      return { ...picture, data: Uint8Array.of(red + 100, 0, 0) };
    },
  };
}

test('each frame once, in order, with what belongs to it', async () => {
  for (const count of [0, 1, 2, 5]) {
    const seen: [number, number][] = [];
    for await (const { frame, picture } of stylizeFrames(frames(count), drawer())) {
      seen.push([frame.index, picture.data[0]!]);
    }
    expect(seen).toEqual(Array.from({ length: count }, (_, i) => [i, i + 100]));
  }
});

test('while one is used, the next is drawn; no more than two are begun', async () => {
  const events: string[] = [];
  for await (const { frame } of stylizeFrames(frames(4, events), drawer(events))) {
    events.push(`use ${frame.index}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    events.push(`used ${frame.index}`);
  }
  expect(events.indexOf('begin 2')).toBeLessThan(events.indexOf('use 1'));
  expect(events.indexOf('end 2')).toBeLessThan(events.indexOf('used 1'));
  expect(events.indexOf('begin 3')).toBeGreaterThan(events.indexOf('used 1'));
});

test('several stylizers draw at the same time, and give the frames in order', async () => {
  let drawing = 0;
  let most = 0;
  let begun = 0;
  const slowerFirst = () => {
    // As a session: what comes while it computes waits.
    let before: Promise<unknown> = Promise.resolve();
    return {
      stylize(picture: Image): Promise<Image> {
        begun++;
        const mine = before.then(async () => {
          most = Math.max(most, ++drawing);
          // Of each two, the first takes longer.
          await new Promise((resolve) => setTimeout(resolve, picture.data[0]! % 2 === 1 ? 30 : 5));
          drawing--;
          return picture;
        });
        before = mine;
        return mine;
      },
    };
  };
  const seen: number[] = [];
  for await (const { frame, picture } of stylizeFrames(frames(9), [slowerFirst(), slowerFirst()])) {
    expect(picture.data[0]).toBe(frame.index);
    seen.push(frame.index);
    expect(begun).toBeLessThanOrEqual(seen.length + 3);
  }
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(most).toBe(2);
});

test('where the next frames are long in coming, what is drawn is given at once', async () => {
  async function* camera() {
    for (let i = 0; i < 3; i++) yield frame(i);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    yield frame(3);
  }
  const start = Date.now();
  const times: number[] = [];
  const four = [drawer(), drawer(), drawer(), drawer()];
  for await (const { picture } of stylizeFrames(camera(), four)) {
    expect(picture.data[0]).toBe(100 + times.length);
    times.push(Date.now() - start);
  }
  expect(times[2]).toBeLessThan(500);
  expect(times[3]).toBeGreaterThanOrEqual(1000);
});

test('who stops early ends the source, also while it is asked for a frame', async () => {
  let isEnded = false;
  async function* source() {
    try {
      for (let i = 0; ; i++) {
        if (i > 2) await new Promise((resolve) => setTimeout(resolve, 100));
        yield frame(i);
      }
    } finally {
      isEnded = true;
    }
  }
  for await (const { frame: shown } of stylizeFrames(source(), [drawer(), drawer(), drawer()])) {
    if (shown.index === 2) break;
  }
  expect(isEnded).toBe(true);
});

test('an error of a frame is thrown where its picture would be', async () => {
  const seen: number[] = [];
  const stylizer = {
    async stylize(picture: Image): Promise<Image> {
      if (picture.data[0] === 2) throw new Error('out of memory');
      return picture;
    },
  };
  const all = async () => {
    for await (const { frame } of stylizeFrames(frames(5), stylizer)) seen.push(frame.index);
  };
  await expect(all()).rejects.toThrow('out of memory');
  expect(seen).toEqual([0, 1]);
});
