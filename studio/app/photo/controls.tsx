/** The controls beside the picture. */
import { PlaceChoice } from '../server/place-choice.js';
import { obstacle } from '../server/service.js';
import { chooseFiles } from '../shell/files.js';
import { Icon } from '../shell/icon.js';
import { mask } from '../state.js';
import { LookControls } from '../styles/look-controls.js';
import { UndoTools } from '../styles/undo-tools.js';
import { words } from '../words.js';
import { MaskTools } from './mask-tools.js';
import { openPhotos } from './open-photo.js';
import { SaveTools } from './save-tools.js';

export function Controls() {
  const t = words.value;
  return (
    <aside class="controls" aria-label={t.title}>
      <div class="control-row">
        <button type="button" onClick={() => void chooseFiles({ accept: 'image/*' }).then(openPhotos)}>
          <Icon name="open" />
          <span>{t.openPhoto}</span>
        </button>
        <button
          type="button"
          class="icon-button only-touch"
          aria-label={t.takePhoto}
          title={t.takePhoto}
          onClick={() =>
            void chooseFiles({ accept: 'image/*', multiple: false, capture: true }).then(openPhotos)
          }
        >
          <Icon name="camera" />
        </button>
        <UndoTools />
      </div>
      <LookControls />
      <MaskTools hasMask={mask.value !== undefined} />
      <PlaceChoice kind="picture" why={obstacle.value} />
      <SaveTools />
    </aside>
  );
}
