/** The view of photos: the stage, the controls, the styles. */
import { StyleStrip } from '../styles/style-strip.js';
import { Controls } from './controls.js';
import { QueueBar } from './queue-bar.js';
import { Stage } from './stage.js';
import { StatusLine } from './status-line.js';

export function PhotoView() {
  return (
    <div class="photo-view">
      <div class="picture">
        <Stage />
        <StatusLine />
      </div>
      <Controls />
      <QueueBar />
      <StyleStrip />
    </div>
  );
}
