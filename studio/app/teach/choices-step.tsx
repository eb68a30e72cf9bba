/** The third step: how strong the style, how large the strokes. */
import { Slider } from '../photo/slider.js';
import { words } from '../words.js';
import { painting, STRENGTHS, STROKES, strength, strokes } from './choices.js';
import { ScalePictures } from './scale-pictures.js';
import { Step } from './step.js';

export function ChoicesStep() {
  const t = words.value.teach;
  return (
    <Step number={3} title={t.choicesTitle}>
      <Slider
        label={t.strength}
        value={strength.value}
        {...{ min: 0, max: STRENGTHS.length - 1, step: 1 }}
        text={t.strengths[strength.value]!}
        ends={t.strengthEnds}
        onChange={(value) => {
          strength.value = value;
        }}
      />
      <p class="teach-hint">{t.strengthHint}</p>
      <Slider
        label={t.strokes}
        value={strokes.value}
        {...{ min: 0, max: STROKES.length - 1, step: 1 }}
        text={t.strokesOf[strokes.value]!}
        onChange={(value) => {
          strokes.value = value;
        }}
      />
      {painting.value && <ScalePictures />}
    </Step>
  );
}
