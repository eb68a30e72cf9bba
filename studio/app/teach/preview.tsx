/** The preview: the photo, and over it the newest picture of it. */
import { useEffect, useRef } from 'preact/hooks';
import { chooseFiles } from '../shell/files.js';
import { photo } from '../state.js';
import { words } from '../words.js';
import { choosePreviewPhoto, previewPhoto } from './choices.js';
import { DropPlace } from './drop-place.js';
import { preview, showPreviewOf } from './teaching.js';

/** Another photo, for the training that runs too. */
export function takePreviewPhoto(file: File | undefined): void {
  if (!file) return;
  choosePreviewPhoto(file);
  showPreviewOf(file);
}

export function Preview() {
  const t = words.value.teach;
  const canvas = useRef<HTMLCanvasElement>(null);
  const { value: bitmap } = preview;
  useEffect(() => {
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
        <span class="teach-hint">{!bitmap && t.previewWaiting}</span>
        <button
          type="button"
          class="plain"
          onClick={() =>
            void chooseFiles({ accept: 'image/*', multiple: false }).then(([file]) => takePreviewPhoto(file))
          }
        >
          {t.previewOther}
        </button>
      </div>
    </DropPlace>
  );
}
