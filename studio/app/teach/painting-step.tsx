/** The first step: a painting. */
import { chooseFiles } from '../shell/files.js';
import { words } from '../words.js';
import { choosePainting, painting } from './choices.js';
import { DropPlace } from './drop-place.js';
import { Step } from './step.js';

export function PaintingStep() {
  const t = words.value.teach;
  const { value: chosen } = painting;
  const choose = () =>
    void chooseFiles({ accept: 'image/*', multiple: false }).then(([file]) => choosePainting(file));
  return (
    <Step number={1} title={t.paintingTitle} hint={t.paintingHint}>
      <DropPlace place="painting" isEmpty={!chosen}>
        {chosen ? (
          <>
            <img class="teach-painting" src={chosen.url} alt={chosen.name} />
            <button type="button" onClick={choose}>
              {t.paintingOther}
            </button>
          </>
        ) : (
          <>
            <span class="teach-hint">{t.paintingDrop}</span>
            <button type="button" onClick={choose}>
              {t.paintingChoose}
            </button>
          </>
        )}
      </DropPlace>
    </Step>
  );
}
