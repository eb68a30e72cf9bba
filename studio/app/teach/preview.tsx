/** The preview: the photo, and over it the newest picture of it. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { teachesOnServer } from '../server/service.js';
import { chooseFiles } from '../shell/files.js';
import { photo } from '../state.js';
import { words } from '../words.js';
import { choosePreviewPhoto, previewPhoto } from './choices.js';
import { DropPlace } from './drop-place.js';
import { canChangePreview, preview, showPreviewOf } from './teaching.js';

/** Another photo, for the training that runs too. */
export function takePreviewPhoto(file: File | undefined): void {
  if (!file || !canChangePreview.value) return;
  choosePreviewPhoto(file);
  showPreviewOf(file);
}

export function Preview() {
  const t = words.value.teach;
  const canvas = useRef<HTMLCanvasElement>(null);
  const { value: bitmap } = preview;
  // At once: the next picture closes this one.
  useLayoutEffect(() => {
    if (!bitmap || !canvas.current) return;
    canvas.current.width = bitmap.width;
    canvas.current.height = bitmap.height;
    canvas.current.getContext('2d')!.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  const url = previewPhoto.value?.url ?? photo.value?.url;
  return (
    <DropPlace place="preview">
      <div class="teach-preview">
        {bitmap ? (
          <canvas ref={canvas} role="img" aria-label={t.previewAlt} />
        ) : (
          url && <img src={url} alt={t.previewOf} />
        )}
      </div>
      <div class="teach-preview-line">
        <span class="teach-hint">
          {!bitmap && (teachesOnServer.value ? t.previewAtEnd : t.previewWaiting)}
        </span>
        {canChangePreview.value && (
          <button
            type="button"
            class="plain"
            onClick={() =>
              void chooseFiles({ accept: 'image/*', multiple: false }).then(([file]) =>
                takePreviewPhoto(file),
              )
            }
          >
            {t.previewOther}
          </button>
        )}
      </div>
    </DropPlace>
  );
}
