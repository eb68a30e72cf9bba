/** A queue of photos, whose worker may be started anew between any two runs. */
import { unzipSync } from 'fflate';
import { expect, test, vi } from 'vitest';
import { makeAll } from '../app/photo/make-all.js';

/** A worker draws the photo that it was given. */
vi.mock('../app/engine/draw-host.js', () => ({
  Cancelled: class extends Error {},
  DrawHost: class {
    run<R>(task: (worker: unknown) => Promise<R>): Promise<R> {
      let photo: Blob | undefined;
      return task({
        async open(file: Blob) {
          photo = file;
          return { width: 4, height: 3 };
        },
        async file() {
          if (!photo) throw new Error('no photo');
          return photo;
        },
      });
    }
    cancel() {}
  },
}));
vi.mock('../app/engine/look-parts.js', () => ({ fullLook: () => ({}) }));
vi.mock('../app/server/failure.js', () => ({ ServiceFailure: class extends Error {} }));
vi.mock('../app/server/service.js', () => ({ drawsOnServer: { value: false } }));
vi.mock('../app/photo/save.js', () => ({ pictureName: (name: string) => name }));

test('each photo is opened and drawn by one worker', async () => {
  const photos = ['a', 'b'].map((text) => new File([text], `${text}.jpg`));
  const failures: string[] = [];
  const zip = await makeAll(photos, {
    signal: new AbortController().signal,
    onDone: () => undefined,
    onFailed: (name) => failures.push(name),
  });
  expect(failures).toEqual([]);
  const files = unzipSync(new Uint8Array(await zip!.arrayBuffer()));
  const texts = Object.entries(files).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]);
  expect(texts).toEqual([
    ['a.jpg', 'a'],
    ['b.jpg', 'b'],
  ]);
});
