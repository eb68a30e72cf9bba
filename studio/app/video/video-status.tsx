/** One line that tells the truth: what the video is, how far it is. */
import { clockTime } from '../film/clock-time.js';
import { work as pageWork } from '../state.js';
import { words } from '../words.js';
import {
  cancelVideo,
  device,
  film,
  isOpening,
  playsResult,
  result,
  shown,
  sizeOf,
  type VideoResult,
  work,
} from './video.js';

/** Where what is on the stage was drawn. */
function deviceName(done: VideoResult | undefined): string | undefined {
  const t = words.value;
  if (done && done.frames === undefined) return t.server.name;
  return shown.value?.isDrawn ? (t.device[device.value] ?? device.value) : undefined;
}

export function VideoStatus() {
  const t = words.value;
  const { value: of } = film;
  const { value: doing } = work;
  const done = playsResult.value ? result.value : undefined;
  const { width, height } = of ? sizeOf(of) : { width: 0, height: 0 };
  const facts = of
    ? [
        `${width} × ${height}`,
        clockTime(Math.round(of.duration)),
        done?.frames ? t.video.frames(done.frames) : t.framesPerSecond(String(Number(of.rate.toFixed(1)))),
        of.sound ? t.video.sound : t.video.silent,
        deviceName(done),
      ].filter(Boolean)
    : [];
  const isDownloading = pageWork.value?.kind === 'runtime';
  const waiting = isDownloading
    ? t.working.runtime
    : isOpening.value
      ? t.video.opening
      : of && !doing && !done && !shown.value?.isDrawn
        ? t.working.preview
        : '';
  return (
    <div class="status">
      <span class="status-facts" data-working={doing !== undefined}>
        {facts.join(' · ')}
      </span>
      <span class="status-work" aria-live="polite">
        {doing ? (
          <>
            <span>
              {[
                doing.step && t.server.steps[doing.step],
                doing.rate && t.framesPerSecond(doing.rate.toFixed(1)),
                doing.left !== undefined && t.video.left(clockTime(Math.ceil(doing.left))),
              ]
                .filter(Boolean)
                .join(' · ') || t.video.working}
            </span>
            <progress aria-label={t.video.working} max={1} value={doing.share} />
            <button type="button" class="plain" onClick={cancelVideo}>
              {t.cancel}
            </button>
          </>
        ) : (
          waiting && (
            <>
              <span>{waiting}</span>
              <progress
                aria-label={waiting}
                max={1}
                value={isDownloading ? pageWork.value?.share : undefined}
              />
            </>
          )
        )}
      </span>
    </div>
  );
}
