/** The second step: photos to learn on. */
import { LEAST_PHOTOS } from '../../worker/teach-pictures.js';
import { chooseFiles } from '../shell/files.js';
import { useSmallCopy } from '../shell/small-copy.js';
import { words } from '../words.js';
import { addPhotos, MOST_PHOTOS, photos } from './choices.js';
import { DropPlace } from './drop-place.js';
import { Step } from './step.js';

/** Photos that are shown. */
const SHOWN = 12;

export function PhotosStep() {
  const t = words.value.teach;
  const { value: chosen } = photos;
  const missing = LEAST_PHOTOS - chosen.length;
  return (
    <Step number={2} title={t.photosTitle} hint={t.photosHint}>
      <DropPlace place="photos" isEmpty={chosen.length === 0}>
        {chosen.length === 0 ? (
          <span class="teach-hint">{t.photosDrop}</span>
        ) : (
          <>
            <div class="teach-photos">
              {chosen.slice(0, SHOWN).map((file) => (
                <SmallPhoto key={`${file.name} ${file.size} ${file.lastModified}`} file={file} />
              ))}
            </div>
            <p class="teach-count" role="status">
              {t.photosCount(chosen.length)}
              {missing > 0 && ` · ${t.photosMissing(missing)}`}
              {chosen.length === MOST_PHOTOS && ` · ${t.photosMost(MOST_PHOTOS)}`}
            </p>
          </>
        )}
        <div class="control-row">
          <button type="button" onClick={() => void chooseFiles({ accept: 'image/*' }).then(addPhotos)}>
            {t.photosChoose}
          </button>
          <button type="button" onClick={() => void chooseFiles({ folder: true }).then(addPhotos)}>
            {t.photosFolder}
          </button>
          {chosen.length > 0 && (
            <button
              type="button"
              class="plain"
              onClick={() => {
                photos.value = [];
              }}
            >
              {t.photosClear}
            </button>
          )}
        </div>
      </DropPlace>
    </Step>
  );
}

function SmallPhoto({ file }: { file: File }) {
  const url = useSmallCopy(file);
  return url ? <img src={url} alt={file.name} height="48" /> : <span class="teach-photo-waiting" />;
}
