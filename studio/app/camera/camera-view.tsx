/** The view of the camera: live in the chosen style. */
import { useEffect, useRef } from 'preact/hooks';
import '../css/film.css';
import { StyleStrip } from '../styles/style-strip.js';
import { words } from '../words.js';
import { camera, failure, isMirrored, liveFrame, startCamera, stopCamera } from './camera.js';
import { CameraControls } from './camera-controls.js';
import { CameraStatus } from './camera-status.js';
import { RecordingTime } from './recording-time.js';

/** The shape of the stage before the camera's is known. */
const USUAL_RATIO = 4 / 3;

export default function CameraView() {
  const t = words.value.camera;
  const video = useRef<HTMLVideoElement>(null);
  const picture = useRef<HTMLCanvasElement>(null);
  const start = (id?: string) => void startCamera(video.current!, picture.current!, id);
  useEffect(() => {
    start();
    return () => void stopCamera();
  }, []);
  const { value: frame } = liveFrame;
  const isOpen = camera.value !== undefined;
  return (
    <div class="photo-view">
      <div class="picture">
        <section class="stage" aria-label={words.value.views.camera} aria-busy={isOpen && !frame}>
          <div
            class="frame"
            style={{ '--ratio': frame ? frame.width / frame.height : USUAL_RATIO }}
            hidden={!isOpen}
          >
            <video
              class={isMirrored.value ? 'before camera-video mirrored' : 'before camera-video'}
              ref={video}
              playsInline
              muted
            />
            <canvas
              class="after"
              role="img"
              aria-label={t.live}
              ref={picture}
              style={frame ? {} : { visibility: 'hidden' }}
            />
            <RecordingTime />
          </div>
          {failure.value && (
            <div class="stage-words" role="alert">
              <p>{t.failures[failure.value]}</p>
              <button type="button" class="primary" onClick={() => start()}>
                {t.again}
              </button>
            </div>
          )}
          {!isOpen && !failure.value && <p class="stage-words">{t.asking}</p>}
        </section>
        <CameraStatus />
      </div>
      <CameraControls onCamera={start} />
      <StyleStrip />
    </div>
  );
}
