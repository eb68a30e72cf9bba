/** One line that tells the truth: size, device, seconds, what is being done. */
import { cancelFull } from '../engine/drawing.js';
import { lastRun, photo, shown, work } from '../state.js';
import { words } from '../words.js';

export function StatusLine() {
  const t = words.value;
  const { value: of } = photo;
  const { value: run } = lastRun;
  const { value: doing } = work;
  const isSmall = shown.value !== undefined && !shown.value.full;
  const facts = [
    of && `${of.width} × ${of.height}`,
    run && !isSmall && shown.value && (t.device[run.device] ?? run.device),
    run && !isSmall && shown.value && t.seconds(run.seconds.toFixed(1)),
    isSmall && t.preview,
  ].filter(Boolean);
  return (
    <div class="status">
      <span class="status-facts">{facts.join(' · ')}</span>
      <span class="status-work" aria-live="polite">
        {doing && (
          <>
            <span>{t.working[doing.kind]}</span>
            <progress aria-label={t.working[doing.kind]} max={1} value={doing.share} />
            {doing.kind === 'full' && (
              <button type="button" class="plain" onClick={cancelFull}>
                {t.cancel}
              </button>
            )}
          </>
        )}
      </span>
    </div>
  );
}
