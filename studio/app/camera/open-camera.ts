/** Cameras of this machine. */

/** Why no camera shows: keys of `words.camera.failures`. */
export type CameraFailure = 'insecure' | 'denied' | 'none' | 'busy' | 'other';

/** A camera that is open. */
export interface OpenCamera {
  stream: MediaStream;
  id: string;
  /** It looks away from the person, so that nothing is mirrored. */
  isBack: boolean;
}

/** A camera that can be chosen. */
export interface CameraEntry {
  id: string;
  label: string;
}

/**
 * Opens a camera, the front one where none is asked for.
 *
 * @param id one of `listCameras`
 * @throws CameraFailure
 */
export async function openCamera(id?: string): Promise<OpenCamera> {
  if (!navigator.mediaDevices?.getUserMedia) throw 'insecure' satisfies CameraFailure;
  const which = id ? { deviceId: { exact: id } } : { facingMode: 'user' };
  const video = { ...which, width: { ideal: 1280 }, height: { ideal: 720 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video }).catch((error: DOMException) => {
    throw failureOf(error);
  });
  const { deviceId, facingMode } = stream.getVideoTracks()[0]!.getSettings();
  return { stream, id: deviceId ?? id ?? '', isBack: facingMode === 'environment' };
}

function failureOf({ name }: DOMException): CameraFailure {
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none';
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'other';
}

/** Ends a camera. */
export function closeCamera({ stream }: OpenCamera): void {
  for (const track of stream.getTracks()) track.stop();
}

/** The cameras; their names are known once one is open. */
export async function listCameras(): Promise<CameraEntry[]> {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices
    .filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId)
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
}
