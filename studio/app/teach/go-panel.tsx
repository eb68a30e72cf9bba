/** Before a training: how long, and the button that begins it. */
import { LEAST_PHOTOS } from '../../worker/teach-pictures.js';
import { words } from '../words.js';
import { isReady, LENGTHS, length, painting, photos, weights } from './choices.js';
import { begin } from './teaching.js';
import { WeightsCard } from './weights-card.js';

export function GoPanel() {
  const t = words.value.teach;
  const { value: found } = weights;
  const missing = [
    !painting.value && t.missingPainting,
    photos.value.length < LEAST_PHOTOS && t.missingPhotos,
  ].filter(Boolean);
  return (
    <>
      {found === 'missing' && <WeightsCard />}
      <fieldset class="segments">
        <legend>{t.length}</legend>
        {LENGTHS.map((steps, i) => (
          <label key={steps}>
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
        {t.lengthHint(LENGTHS[length.value]!)}
        {typeof found === 'object' && ` ${t.weightsFound(found.network)}`}
      </p>
      <div class="control-row">
        <button type="button" class="primary" disabled={!isReady.value} onClick={() => void begin()}>
          {t.begin}
        </button>
      </div>
      {missing.length > 0 && <p class="teach-hint">{missing.join(' ')}</p>}
    </>
  );
}
