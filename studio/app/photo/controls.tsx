/** The controls beside the picture. */
import type { Colours } from 'fast-neural-style/browser';
import { chooseFiles } from '../shell/files.js';
import { Icon } from '../shell/icon.js';
import { look, mask, styles } from '../state.js';
import { styleTitle } from '../styles/load-styles.js';
import { canRedo, canUndo, changeLook, redo, undo } from '../undo.js';
import { words } from '../words.js';
import { MaskTools } from './mask-tools.js';
import { openPhotos } from './open-photo.js';
import { SaveTools } from './save-tools.js';
import { Slider } from './slider.js';

const COLOURS: readonly Colours[] = ['style', 'match', 'photo'];

export function Controls() {
  const t = words.value;
  const { strength, strokes, colours, style, second, mix } = look.value;
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
        <button
          type="button"
          class="icon-button"
          aria-label={t.undo}
          title={t.undo}
          disabled={!canUndo()}
          onClick={undo}
        >
          <Icon name="undo" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={t.redo}
          title={t.redo}
          disabled={!canRedo()}
          onClick={redo}
        >
          <Icon name="redo" />
        </button>
      </div>
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
      <MaskTools hasMask={mask.value !== undefined} />
      <SaveTools />
    </aside>
  );
}
