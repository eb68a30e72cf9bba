/** While a training runs, rests, or was found: how far it is, and what can be done. */
import { words } from '../words.js';
import { weights } from './choices.js';
import { activity, cancel, enough, goOn, lastStep, pause, phase, stored, throwAway } from './teaching.js';
import { WeightsCard } from './weights-card.js';

export function ProgressPanel() {
  const t = words.value.teach;
  return (
    <>
      <ProgressLine />
      {phase.value === 'stored' && weights.value === 'missing' && <WeightsCard />}
      <div class="control-row">
        <Buttons />
      </div>
      {phase.value === 'learning' && <p class="teach-hint">{t.background}</p>}
      {phase.value === 'paused' && <p class="teach-hint">{t.pausedText}</p>}
    </>
  );
}

function ProgressLine() {
  const t = words.value.teach;
  const { value: step } = lastStep;
  const { value: doing } = activity;
  const { value: found } = stored;
  if (phase.value === 'stored' && found) {
    return (
      <div class="teach-progress">
        <span>{t.storedText(found.step, found.settings.steps)}</span>
      </div>
    );
  }
  const facts = doing
    ? [t.doing[doing.kind], doing.left === undefined ? '' : t.left(doing.left)]
    : step
      ? [t.step(step.step, step.steps), phase.value === 'learning' ? t.left(step.secondsLeft) : '']
      : [];
  return (
    <div class="teach-progress">
      <span>{facts.filter(Boolean).join(' · ')}</span>
      <progress
        aria-label={facts[0] ?? t.goTitle}
        max={1}
        value={doing ? doing.share : step ? step.step / step.steps : undefined}
      />
    </div>
  );
}

function Buttons() {
  const t = words.value.teach;
  switch (phase.value) {
    case 'starting':
      return (
        <button type="button" onClick={() => void cancel()}>
          {words.value.cancel}
        </button>
      );
    case 'stored':
    case 'paused':
      return (
        <>
          <button
            type="button"
            class="primary"
            disabled={typeof weights.value !== 'object'}
            onClick={() => void goOn(isOver())}
          >
            {isOver() ? t.learnOn : t.goOn}
          </button>
          {phase.value === 'paused' && (
            <button type="button" onClick={() => void enough()}>
              {t.enough}
            </button>
          )}
          <button type="button" class="plain" onClick={() => void throwAway()}>
            {t.throwAway}
          </button>
        </>
      );
    default:
      return (
        <>
          <button type="button" disabled={phase.value === 'stopping'} onClick={pause}>
            {phase.value === 'stopping' ? t.stopping : t.pause}
          </button>
          <button type="button" disabled={phase.value === 'stopping'} onClick={() => void enough()}>
            {t.enough}
          </button>
        </>
      );
  }
}

/** Tells whether the training that was found has made all its steps. */
function isOver(): boolean {
  const { value: found } = stored;
  return phase.value === 'stored' && found !== undefined && found.step >= found.settings.steps;
}
