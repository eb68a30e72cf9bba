/** The camera that is open, and what is done with its pictures. */
import { signal } from '@preact/signals';
import { failureText } from '../engine/failure.js';
import { fileName } from '../film/file-name.js';
import type { FilmFormat, FilmType } from '../film/formats.js';
import { downloadBlob } from '../shell/download.js';
import { say } from '../state.js';
import { words } from '../words.js';
import { drawLive, type LiveFrame } from './draw-live.js';
import {
  type CameraEntry,
  type CameraFailure,
  closeCamera,
  listCameras,
  type OpenCamera,
  openCamera,
} from './open-camera.js';
import type { Recording } from './recording.js';

export const camera = signal<OpenCamera | undefined>(undefined);
export const cameras = signal<CameraEntry[]>([]);
/** Why none is open. */
export const failure = signal<CameraFailure | undefined>(undefined);
/** Left and right change places, as in a mirror. */
export const isMirrored = signal(true);
/** What was drawn last; none before the first. */
export const liveFrame = signal<LiveFrame | undefined>(undefined);
/** Types of file that can be recorded. */
export const types = signal<FilmType[]>([]);
export const recordingType = signal<FilmType>('mp4');
/** When the recording began, in milliseconds of `performance.now`. */
export const recordingSince = signal<number | undefined>(undefined);

let recording: Recording | undefined;
let canvas: HTMLCanvasElement | undefined;
/** The view may be left while a camera is being opened. */
let visit = 0;
let endDrawing = () => {};
/** Counts recordings that were begun or ended: one may be ended while it is being begun. */
let takes = 0;

/** Opens a camera and draws it. @param id of the camera; the one that is open, else the front one, without */
export async function startCamera(
  video: HTMLVideoElement,
  picture: HTMLCanvasElement,
  id?: string,
): Promise<void> {
  const asked = id ?? camera.value?.id;
  const current = ++visit;
  await endCamera();
  if (current !== visit) return;
  failure.value = undefined;
  canvas = picture;
  try {
    const opened = await openCamera(asked);
    if (current !== visit) return closeCamera(opened);
    camera.value = opened;
    isMirrored.value = !opened.isBack;
    opened.stream.getVideoTracks()[0]!.addEventListener('ended', () => {
      // Pulled out, or taken back in the address bar.
      if (current !== visit) return;
      void stopCamera();
      failure.value = 'other';
    });
    video.srcObject = opened.stream;
    await video.play().catch(() => undefined);
    if (current !== visit) return;
    endDrawing = drawLive(video, {
      canvas: picture,
      isMirrored: () => isMirrored.value,
      isFixed: () => recordingSince.value !== undefined,
      onFrame: (frame, taken) => {
        liveFrame.value = frame;
        recording?.add(taken);
      },
      onError: (error) => {
        void stopCamera();
        failure.value = 'other';
        say('error', failureText(error));
      },
    });
    cameras.value = await listCameras();
    if (current === visit) await findTypes(video);
  } catch (error) {
    if (current !== visit) return;
    failure.value = typeof error === 'string' ? (error as CameraFailure) : 'other';
    await stopCamera();
  }
}

/** What can be recorded; the library for it comes now, not with the page. */
async function findTypes({ videoWidth, videoHeight }: HTMLVideoElement): Promise<void> {
  const { FILM_TYPES, formatOf } = await import('../film/formats.js');
  const size = { width: 2 * (videoWidth >> 1) || 640, height: 2 * (videoHeight >> 1) || 480 };
  const found = await Promise.all(FILM_TYPES.map((type) => formatOf(type, size)));
  types.value = found.filter((format): format is FilmFormat => !!format).map(({ type }) => type);
  if (!types.value.includes(recordingType.value)) recordingType.value = types.value[0] ?? 'webm';
}

/** Ends the camera. A recording is saved. */
export async function stopCamera(): Promise<void> {
  visit++;
  await endCamera();
}

async function endCamera(): Promise<void> {
  endDrawing();
  endDrawing = () => {};
  const open = camera.value;
  camera.value = undefined;
  liveFrame.value = undefined;
  if (open) closeCamera(open);
  await stopRecording();
}

/** Saves what is shown, at the size that it is drawn at. */
export async function takePicture(type: 'image/png' | 'image/jpeg'): Promise<void> {
  if (!canvas || !liveFrame.value) return;
  const shot = canvas;
  const blob = await new Promise<Blob | null>((resolve) => shot.toBlob(resolve, type, 0.92));
  if (blob) downloadBlob(blob, fileName('camera', type === 'image/png' ? 'png' : 'jpg'));
}

/** Begins a recording; the size of the picture stays until it ends. */
export async function startRecording(): Promise<void> {
  if (!canvas || !liveFrame.value || recordingSince.value !== undefined) return;
  recordingSince.value = performance.now();
  const take = ++takes;
  try {
    const [{ Recording }, { formatOf }] = await Promise.all([
      import('./recording.js'),
      import('../film/formats.js'),
    ]);
    const { width, height } = canvas;
    const format = await formatOf(recordingType.value, { width, height });
    if (!format) throw new Error(words.value.camera.noEncoder);
    const begun = await Recording.start(canvas, format);
    // It may have been ended meanwhile, and another begun.
    if (take !== takes) await begun.stop();
    else recording = begun;
  } catch (error) {
    if (take === takes) recordingSince.value = undefined;
    say('error', failureText(error));
  }
}

/** Ends the recording, and saves it. */
export async function stopRecording(): Promise<void> {
  takes++;
  recordingSince.value = undefined;
  const ended = recording;
  recording = undefined;
  try {
    const blob = await ended?.stop();
    if (blob) downloadBlob(blob, fileName('camera', ended!.format.type));
  } catch (error) {
    say('error', failureText(error));
  }
}
