/** The controls of a look: strength, strokes, colours, a second style. */
import type { Colours } from 'fast-neural-style/browser';
import { Slider } from '../photo/slider.js';
import { look, styles } from '../state.js';
import { changeLook } from '../undo.js';
import { words } from '../words.js';
import { styleTitle } from './load-styles.js';

const COLOURS: readonly Colours[] = ['style', 'match', 'photo'];

export function LookControls() {
  const t = words.value;
  const { strength, strokes, colours, style, second, mix } = look.value;
  return (
    <>
      <Slider
        label={t.strength}
        value={strength}
        {...{ min: 0, max: 1, step: 0.01 }}
        text={`${Math.round(100 * strength)} %`}
        onChange={(value) => changeLook({ strength: value })}
      />
      <Slider
        label={t.strokes}
        value={strokes}
        {...{ min: 0.5, max: 3, step: 0.25 }}
        text={`× ${strokes}`}
        ends={[t.fine, t.large]}
        onChange={(value) => changeLook({ strokes: value })}
      />
      <fieldset class="segments">
        <legend>{t.colours}</legend>
        {COLOURS.map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="colours"
              checked={colours === name}
              onChange={() => changeLook({ colours: name })}
            />
            <span>{t.coloursOf[name]}</span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>{t.mixWith}</span>
        <select
          value={second ?? ''}
          onChange={({ currentTarget: { value } }) =>
            changeLook(value ? { second: value, mix: mix || 0.5 } : { second: undefined, mix: 0 })
          }
        >
          <option value="">{t.nothing}</option>
          {styles.value
            .filter(({ id }) => id !== style)
            .map((each) => (
              <option key={each.id} value={each.id}>
                {styleTitle(each)}
              </option>
            ))}
        </select>
      </label>
      {second && (
        <Slider
          label={t.mixShare}
          value={mix}
          {...{ min: 0, max: 1, step: 0.01 }}
          text={`${Math.round(100 * mix)} %`}
          onChange={(value) => changeLook({ mix: value })}
        />
      )}
    </>
  );
}
