/** The controls beside the camera's picture. */
import { useSignal } from '@preact/signals';
import { Icon } from '../shell/icon.js';
import { LookControls } from '../styles/look-controls.js';
import { UndoTools } from '../styles/undo-tools.js';
import { words } from '../words.js';
import {
  camera,
  cameras,
  isMirrored,
  liveFrame,
  recordingSince,
  recordingType,
  startRecording,
  stopRecording,
  takePicture,
  types,
} from './camera.js';

type SnapshotType = Parameters<typeof takePicture>[0];

export function CameraControls({ onCamera }: { onCamera(id: string): void }) {
  const t = words.value.camera;
  const snapshotType = useSignal<SnapshotType>('image/png');
  const isLive = liveFrame.value !== undefined;
  const isRecording = recordingSince.value !== undefined;
  return (
    <aside class="controls" aria-label={words.value.title}>
      {cameras.value.length > 1 && (
        <label class="field">
          <span>{t.which}</span>
          <select
            value={camera.value?.id ?? ''}
            disabled={isRecording}
            onChange={({ currentTarget }) => onCamera(currentTarget.value)}
          >
            {cameras.value.map(({ id, label }, i) => (
              <option key={id} value={id}>
                {label || t.unnamed(i + 1)}
              </option>
            ))}
          </select>
        </label>
      )}
      <div class="control-row">
        <button
          type="button"
          aria-pressed={isMirrored.value}
          onClick={() => {
            isMirrored.value = !isMirrored.value;
          }}
        >
          <Icon name="mirror" />
          <span>{t.mirror}</span>
        </button>
        <UndoTools />
      </div>
      <LookControls />
      <div class="save film-save">
        <div class="save-main">
          <button
            type="button"
            class="primary"
            disabled={!isLive}
            onClick={() => void takePicture(snapshotType.value)}
          >
            <Icon name="camera" />
            <span>{t.snapshot}</span>
          </button>
          <select
            class="primary"
            aria-label={t.snapshotAs}
            value={snapshotType.value}
            onChange={({ currentTarget }) => {
              snapshotType.value = currentTarget.value as SnapshotType;
            }}
          >
            <option value="image/png">PNG</option>
            <option value="image/jpeg">JPEG</option>
          </select>
        </div>
        {types.value.length > 0 && (
          <div class="save-main">
            <button
              type="button"
              class={isRecording ? 'recording' : ''}
              disabled={!isLive}
              onClick={() => void (isRecording ? stopRecording() : startRecording())}
            >
              <Icon name={isRecording ? 'stop' : 'record'} />
              <span>{isRecording ? t.stop : t.record}</span>
            </button>
            <select
              aria-label={t.recordAs}
              value={recordingType.value}
              disabled={isRecording}
              onChange={({ currentTarget }) => {
                recordingType.value = currentTarget.value as typeof recordingType.value;
              }}
            >
              {types.value.map((type) => (
                <option key={type} value={type}>
                  {type === 'mp4' ? 'MP4' : 'WebM'}
                </option>
              ))}
            </select>
          </div>
        )}
      </div>
    </aside>
  );
}
