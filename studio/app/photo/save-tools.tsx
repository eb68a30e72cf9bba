/** Save, copy, share. */
import { useSignal } from '@preact/signals';
import type { PictureType } from '../../worker/photo.js';
import { Icon } from '../shell/icon.js';
import { photo } from '../state.js';
import { words } from '../words.js';
import { canShare, copyPicture, savePicture, sharePicture } from './save.js';

const TYPES: readonly [PictureType, string][] = [
  ['image/png', 'PNG'],
  ['image/jpeg', 'JPEG'],
  ['image/webp', 'WebP'],
];

export function SaveTools() {
  const t = words.value;
  const type = useSignal<PictureType>('image/png');
  const hasPhoto = photo.value !== undefined;
  return (
    <div class="save">
      <div class="save-main">
        <button
          type="button"
          class="primary"
          disabled={!hasPhoto}
          onClick={() => void savePicture(type.value)}
        >
          <Icon name="save" />
          <span>{t.save}</span>
        </button>
        <select
          class="primary"
          aria-label={t.saveAs}
          value={type.value}
          onChange={({ currentTarget }) => {
            type.value = currentTarget.value as PictureType;
          }}
        >
          {TYPES.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <button
        type="button"
        class="icon-button"
        aria-label={t.copy}
        title={t.copy}
        disabled={!hasPhoto}
        onClick={() => void copyPicture()}
      >
        <Icon name="copy" />
      </button>
      {canShare() && (
        <button
          type="button"
          class="icon-button"
          aria-label={t.share}
          title={t.share}
          disabled={!hasPhoto}
          onClick={() => void sharePicture()}
        >
          <Icon name="share" />
        </button>
      )}
    </div>
  );
}
