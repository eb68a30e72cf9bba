/** How long a recording takes. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { clockTime } from '../film/clock-time.js';
import { words } from '../words.js';
import { recordingSince } from './camera.js';

export function RecordingTime() {
  const { value: since } = recordingSince;
  const now = useSignal(0);
  useEffect(() => {
    if (since === undefined) return;
    const tick = () => {
      now.value = performance.now();
    };
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [since, now]);
  if (since === undefined) return null;
  return (
    <span class="recording-time" role="timer" aria-label={words.value.camera.recording}>
      {clockTime(Math.max(0, now.value - since) / 1000)}
    </span>
  );
}
