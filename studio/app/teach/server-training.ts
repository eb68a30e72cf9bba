/** A training by the service behind the page, in the same panels as one of this page. */
import { DrawHost } from '../engine/draw-host.js';
import { Cancelled } from '../engine/worker-host.js';
import { ServiceFailure, serviceFailureText } from '../server/failure.js';
import type { OnStep } from '../server/service.js';
import { say, teaching } from '../state.js';
import { words } from '../words.js';
import { teachFailureText } from './failure.js';
import { activity, finish, fixSubject, preview, rest, runElsewhere, subject } from './teaching.js';

/** The side of the parts of photos that it learns on, in pixels: as everywhere but in browsers. */
const SIZE = 256;

/** Has the service learn what was chosen. */
export async function beginOnServer(): Promise<void> {
  const { name, painting, photos, preview: shown, settings } = fixSubject(SIZE);
  const onStep: OnStep = (kind, share, left) => {
    activity.value = { kind, share, left };
    teaching.value = kind === 'drawing' ? share : undefined;
  };
  const onRead = (done: number) => {
    activity.value = { kind: 'photos', share: done / (photos.length + 1) };
  };
  try {
    await runElsewhere(async (signal) => {
      activity.value = { kind: 'photos', share: 0 };
      const { learnOnServer } = await import('../server/teach-on-server.js');
      const all = [shown, ...photos.filter((file) => file !== shown)];
      const learned = await learnOnServer({ painting, photos: all, settings, signal, onStep, onRead });
      const unread = all.length - learned.photos;
      if (unread > 0) {
        say('note', words.value.teach.unreadable(unread));
        subject.value = { ...subject.value!, photos: photos.length - unread };
      }
      const thumbnail = await thumbnailOf(learned.style);
      if (signal.aborted) throw new Cancelled();
      preview.value = learned.preview && (await createImageBitmap(learned.preview));
      await finish({
        style: learned.style,
        thumbnail,
        step: settings.steps,
        stopped: false,
        training: Date.now(),
      });
    });
  } catch (error) {
    if (error instanceof Cancelled) return;
    say('error', textOf(error, name));
    await rest();
  }
}

/** A small picture of the style's texture; one that cannot be drawn is no style. */
async function thumbnailOf(style: Uint8Array): Promise<Blob> {
  const host = new DrawHost(undefined, () => undefined);
  try {
    const adopted = await host.run((worker) => worker.adopt(new Map([['style.onnx', style]])));
    return adopted.thumbnail;
  } finally {
    host.cancel();
  }
}

function textOf(error: unknown, name: string): string {
  if (!(error instanceof ServiceFailure)) return teachFailureText(error, name);
  const isOwn = ['refused', 'given-up', 'other', 'internal'].includes(error.code);
  if (isOwn) return words.value.server.failures.notLearned(error.message);
  return serviceFailureText(error, name);
}
