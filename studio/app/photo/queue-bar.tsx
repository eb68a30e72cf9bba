/** Many photos in one look, saved as a zip. */
import { useSignal } from '@preact/signals';
import { Cancelled } from '../engine/draw-host.js';
import { tellFailure } from '../engine/failure.js';
import { downloadBlob } from '../shell/download.js';
import { useSmallCopy } from '../shell/small-copy.js';
import { photo } from '../state.js';
import { words } from '../words.js';
import { makeAll } from './make-all.js';
import { openPhoto, queue } from './open-photo.js';

export function QueueBar() {
  const t = words.value;
  const done = useSignal<number | undefined>(undefined);
  const stop = useSignal<AbortController | undefined>(undefined);
  const files = queue.value;
  if (files.length === 0) return null;
  const run = async () => {
    const controller = new AbortController();
    stop.value = controller;
    done.value = 0;
    try {
      const zip = await makeAll(files, {
        signal: controller.signal,
        onDone: (count) => {
          done.value = count;
        },
        onFailed: (name, error) => tellFailure(error, name),
      });
      if (zip) downloadBlob(zip, 'pictures.zip');
    } catch (error) {
      if (!(error instanceof Cancelled)) tellFailure(error);
    } finally {
      done.value = undefined;
      stop.value = undefined;
    }
  };
  return (
    <section class="queue" aria-label={t.queue}>
      <div class="queue-list">
        {files.map((file) => (
          <QueueButton key={`${file.name} ${file.size} ${file.lastModified}`} file={file} />
        ))}
      </div>
      {done.value === undefined ? (
        <button type="button" class="primary" onClick={() => void run()}>
          {t.queueRun}
        </button>
      ) : (
        <>
          <span aria-live="polite">{t.queueDone(done.value, files.length)}</span>
          <progress aria-label={t.queueRun} max={files.length} value={done.value} />
          <button type="button" onClick={() => stop.value?.abort()}>
            {t.cancel}
          </button>
        </>
      )}
    </section>
  );
}

function QueueButton({ file }: { file: File }) {
  const url = useSmallCopy(file);
  return (
    <button
      type="button"
      class="plain"
      title={file.name}
      aria-pressed={photo.value?.file === file}
      onClick={() => void openPhoto(file, file.name)}
    >
      {url ? <img src={url} alt={file.name} height="48" /> : <span>{file.name}</span>}
    </button>
  );
}
