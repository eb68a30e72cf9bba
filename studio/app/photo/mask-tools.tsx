/** The mask brush's buttons. */
import { Icon } from '../shell/icon.js';
import { words } from '../words.js';
import { brush, clearMask, invertMask, masking } from './mask-layer.js';
import { Slider } from './slider.js';

export function MaskTools({ hasMask }: { hasMask: boolean }) {
  const t = words.value;
  const { paints, size } = brush.value;
  return (
    <div class="mask-tools">
      <button
        type="button"
        aria-pressed={masking.value}
        onClick={() => {
          masking.value = !masking.value;
        }}
      >
        <Icon name="brush" />
        <span>{masking.value ? t.done : t.mask}</span>
      </button>
      {masking.value && (
        <>
          <fieldset class="segments">
            <legend>{t.mask}</legend>
            {(['photo', 'style'] as const).map((name) => (
              <label key={name}>
                <input
                  type="radio"
                  name="brush"
                  checked={paints === name}
                  onChange={() => {
                    brush.value = { ...brush.value, paints: name };
                  }}
                />
                <span>{name === 'photo' ? t.maskBrush : t.maskErase}</span>
              </label>
            ))}
          </fieldset>
          <Slider
            label={t.maskSize}
            value={size}
            {...{ min: 2, max: 40, step: 1 }}
            text={`${size} %`}
            onChange={(value) => {
              brush.value = { ...brush.value, size: value };
            }}
          />
        </>
      )}
      {(masking.value || hasMask) && (
        <div class="control-row">
          <button type="button" onClick={invertMask}>
            {t.maskInvert}
          </button>
          <button type="button" disabled={!hasMask} onClick={clearMask}>
            {t.maskClear}
          </button>
        </div>
      )}
    </div>
  );
}
