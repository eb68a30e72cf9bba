/** One line that tells the truth: size, device, frames a second. */
import { work } from '../state.js';
import { words } from '../words.js';
import { camera, liveFrame } from './camera.js';

export function CameraStatus() {
  const t = words.value;
  const { value: frame } = liveFrame;
  const { value: doing } = work;
  const facts = frame
    ? [
        `${frame.width} × ${frame.height}`,
        t.device[frame.device] ?? frame.device,
        t.framesPerSecond(frame.rate.toFixed(frame.rate < 10 ? 1 : 0)),
      ]
    : [];
  const isWaiting = camera.value !== undefined && !frame;
  const text = doing?.kind === 'runtime' ? t.working.runtime : isWaiting ? t.working.style : '';
  return (
    <div class="status">
      <span class="status-facts">{facts.join(' · ')}</span>
      <span class="status-work" aria-live="polite">
        {text && (
          <>
            <span>{text}</span>
            <progress aria-label={text} max={1} value={doing?.share} />
          </>
        )}
      </span>
    </div>
  );
}
