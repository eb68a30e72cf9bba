/** After a training: the style, its name, and what to do with it. */
import { downloadBlob } from '../shell/download.js';
import { view } from '../state.js';
import { chooseStyle } from '../styles/choose-style.js';
import { words } from '../words.js';
import { renameResult, result } from './result.js';
import { goOn, stored, throwAway } from './teaching.js';

export function ResultPanel() {
  const t = words.value.teach;
  if (!result.value) return null;
  const { style, stopped } = result.value;
  return (
    <section class="teach-card" aria-label={t.finishedTitle}>
      <h3>{t.finishedTitle}</h3>
      <div class="teach-result">
        <img src={style.thumbnailUrl} alt="" width="72" height="72" />
        <div>
          <p>{t.finishedText}</p>
          <input
            type="text"
            aria-label={words.value.nameOfStyle}
            value={style.name}
            maxLength={60}
            onChange={({ currentTarget }) => void renameResult(currentTarget.value)}
          />
        </div>
      </div>
      <div class="control-row">
        <button
          type="button"
          class="primary"
          onClick={() => {
            chooseStyle(style.id);
            view.value = 'photo';
          }}
        >
          {t.use}
        </button>
        <button
          type="button"
          onClick={() =>
            downloadBlob(new Blob([style.bytes as Uint8Array<ArrayBuffer>]), `${style.name}.onnx`)
          }
        >
          {words.value.exportFile}
        </button>
      </div>
      <div class="control-row">
        {stored.value && (
          <button type="button" onClick={() => void goOn(!stopped)}>
            {t.learnOn}
          </button>
        )}
        <button type="button" onClick={() => void throwAway()}>
          {t.another}
        </button>
      </div>
    </section>
  );
}
