/** Before a training: how long, and the button that begins it. */
import { LEAST_PHOTOS } from '../../worker/teach-pictures.js';
import { PlaceChoice } from '../server/place-choice.js';
import { choosesServerToTeach as choosesServer, teachesOnServer } from '../server/service.js';
import { words } from '../words.js';
import { isReady, LENGTHS, length, painting, photos, weights } from './choices.js';
import { beginOnServer } from './server-training.js';
import { begin } from './teaching.js';
import { WeightsCard } from './weights-card.js';

export function GoPanel() {
  const t = words.value.teach;
  const { value: found } = weights;
  const { value: onServer } = teachesOnServer;
  const steps = LENGTHS[length.value]!;
  const missing = [
    !painting.value && t.missingPainting,
    photos.value.length < LEAST_PHOTOS && t.missingPhotos,
  ].filter(Boolean);
  return (
    <>
      <PlaceChoice kind="train" why={undefined} />
      {found === 'missing' && !choosesServer.value && <WeightsCard />}
      <fieldset class="segments">
        <legend>{t.length}</legend>
        {LENGTHS.map((each, i) => (
          <label key={each}>
            <input
              type="radio"
              name="length"
              checked={length.value === i}
              onChange={() => {
                length.value = i;
              }}
            />
            <span>{t.lengths[i]}</span>
          </label>
        ))}
      </fieldset>
      <p class="teach-hint">
        {onServer ? t.lengthOnServer(steps) : t.lengthHint(steps)}
        {typeof found === 'object' && !onServer && ` ${t.weightsFound(found.network)}`}
      </p>
      <div class="control-row">
        <button
          type="button"
          class="primary"
          disabled={!isReady.value}
          onClick={() => void (onServer ? beginOnServer() : begin())}
        >
          {t.begin}
        </button>
      </div>
      {missing.length > 0 && <p class="teach-hint">{missing.join(' ')}</p>}
    </>
  );
}
