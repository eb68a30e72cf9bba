/** The view of videos: a file in, the same in a style out. */
import { useEffect } from 'preact/hooks';
import '../css/film.css';
import { chooseFiles, takeFiles } from '../shell/files.js';
import { Icon } from '../shell/icon.js';
import { StyleStrip } from '../styles/style-strip.js';
import { words } from '../words.js';
import { drawMoments } from './draw-moment.js';
import { cancelFrames, cancelVideo, film, isOpening, openVideo, playsResult, result, work } from './video.js';
import { VideoControls } from './video-controls.js';
import { VideoPicture } from './video-picture.js';
import { VideoStatus } from './video-status.js';

/** Lets the person choose a video. */
export const chooseVideo = () => void chooseFiles({ accept: 'video/*', multiple: false }).then(openVideo);

export default function VideoView() {
  const t = words.value.video;
  useEffect(() => takeFiles('video', (files) => void openVideo(files)), []);
  useEffect(() => {
    const end = drawMoments();
    return () => {
      end();
      // A video that is being made goes on.
      if (!work.value) cancelFrames();
    };
  }, []);
  useEffect(() => {
    const press = ({ key }: KeyboardEvent) => {
      if (key === 'Escape' && work.value) cancelVideo();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  const { value: of } = film;
  const done = playsResult.value ? result.value : undefined;
  return (
    <div class="photo-view">
      <div class="picture">
        <section class="stage" aria-label={words.value.views.video} aria-busy={isOpening.value}>
          {of && (
            <div class="frame" style={{ '--ratio': of.width / of.height }}>
              {done ? (
                // biome-ignore lint/a11y/useMediaCaption: the person's own video, whose words nobody knows
                <video class="after" src={done.url} controls playsInline aria-label={done.name} />
              ) : (
                <VideoPicture name={of.name} />
              )}
            </div>
          )}
          {!of && (
            <div class="stage-words">
              <p>{t.drop}</p>
              <button type="button" class="primary" disabled={isOpening.value} onClick={chooseVideo}>
                <Icon name="film" />
                <span>{t.open}</span>
              </button>
              <p>{t.privacy}</p>
            </div>
          )}
        </section>
        <VideoStatus />
      </div>
      <VideoControls onOpen={chooseVideo} />
      <StyleStrip />
    </div>
  );
}
