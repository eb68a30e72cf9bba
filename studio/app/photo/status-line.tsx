/** One line that tells the truth: size, device, seconds, what is being done. */
import { cancelFull, hasFailed, retryFull } from '../engine/full-picture.js';
import { serverWork } from '../server/service.js';
import { lastRun, photo, shown, work } from '../state.js';
import { words } from '../words.js';

/** What is being done, in words. */
function doingNow(): { text: string; share?: number; canCancel: boolean } | undefined {
  const t = words.value;
  if (serverWork.value) {
    const { step, share } = serverWork.value;
    return { text: t.server.steps[step], share, canCancel: true };
  }
  const { kind, share } = work.value ?? {};
  return kind && { text: t.working[kind], share, canCancel: kind === 'full' };
}

export function StatusLine() {
  const t = words.value;
  const { value: of } = photo;
  const { value: run } = lastRun;
  const doing = doingNow();
  const isSmall = shown.value !== undefined && !shown.value.full;
  const facts = [
    of && `${of.width} × ${of.height}`,
    run &&
      !isSmall &&
      shown.value &&
      (run.device === 'server' ? t.server.name : (t.device[run.device] ?? run.device)),
    run && !isSmall && shown.value && t.seconds(run.seconds.toFixed(1)),
    isSmall && t.preview,
  ].filter(Boolean);
  return (
    <div class="status">
      <span class="status-facts">{facts.join(' · ')}</span>
      <span class="status-work" aria-live="polite">
        {!doing && hasFailed.value && (
          <button type="button" class="plain" onClick={retryFull}>
            {t.camera.again}
          </button>
        )}
        {doing && (
          <>
            <span>{doing.text}</span>
            <progress aria-label={doing.text} max={1} value={doing.share} />
            {doing.canCancel && (
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
