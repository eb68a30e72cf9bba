/** The service behind the page, where there is one, and whether it draws the full pictures. */
import { computed, signal } from '@preact/signals';
import { readSetting, removeSetting, writeSetting } from '../../store/settings.js';
import { partsOf } from '../engine/look-parts.js';
import { look, mask } from '../state.js';

/** What a service says of itself in `files/styles.json`. */
export interface SiteService {
  /** The kinds of its jobs. */
  kinds: string[];
  /** The most bytes of a file. */
  uploadBytes: number;
}

/** Where full pictures are drawn. */
export type Place = 'device' | 'server';

/** The service that serves the page; none for static files and `fns studio`. */
export const service = signal<SiteService | undefined>(undefined);
/** The place that was chosen, for this and later visits. */
export const place = signal<Place>(readSetting('place') ?? 'device');
/** The token of the service that the person gave. */
export const token = signal<string | undefined>(readSetting('token'));

/** What the service does for a job. */
export type Step = 'sending' | 'waiting' | 'drawing' | 'fetching';

/** Told the step of a job, and where it is known the share of it that is done, 0 to 1, and the seconds that are left. */
export type OnStep = (step: Step, share?: number, left?: number) => void;

/** The kinds of jobs that the page asks for. */
export type JobKind = 'picture' | 'video' | 'train';

/** How far the full picture on the server is. */
export const serverWork = signal<{ step: Step; share?: number } | undefined>(undefined);

/** Chooses where full pictures are drawn. */
export function choosePlace(chosen: Place): void {
  place.value = chosen;
  writeSetting('place', chosen);
}

/** Keeps a token. */
export function keepToken(text: string): void {
  token.value = text;
  writeSetting('token', text);
}

/** Forgets the token. */
export function forgetToken(): void {
  token.value = undefined;
  removeSetting('token');
}

/** Why a look has to be drawn on this device. */
export type Obstacle = 'mask' | 'mix' | 'style';

/** What the service cannot draw a video in: keys of `words.server.onDevice`. */
export const videoObstacle = computed<Obstacle | undefined>(() => {
  const parts = partsOf(look.value);
  if (!parts.some(({ entry }) => entry.own)) return undefined;
  if (parts.length > 1) return 'mix';
  const { bytes } = parts[0]!.entry;
  return bytes && !isOfThisProgram(bytes) ? 'style' : undefined;
});

/** The same for a photo, which may have a mask. */
export const obstacle = computed<Obstacle | undefined>(() => (mask.value ? 'mask' : videoObstacle.value));

/** The person wants the server, and it can be asked. */
export const wantsServer = computed(
  () => service.value !== undefined && place.value === 'server' && token.value !== undefined,
);

/** The full picture of this look is drawn on the server. */
export const drawsOnServer = computed(() => wantsServer.value && obstacle.value === undefined);

/** Videos of this look are made on the server. */
export const makesVideoOnServer = computed(
  () => wantsServer.value && service.value!.kinds.includes('video') && videoObstacle.value === undefined,
);

/** The service teaches styles. */
export const serviceTeaches = computed(() => service.value?.kinds.includes('train') ?? false);

/** The person wants the server to, with a token or not yet. */
export const choosesServerToTeach = computed(() => serviceTeaches.value && place.value === 'server');

/** Styles are learned on the server. */
export const teachesOnServer = computed(() => choosesServerToTeach.value && token.value !== undefined);

const ofThisProgram = new WeakMap<Uint8Array, boolean>();

/** Tells whether a network's file is a style of this program, by a name in its metadata: a service takes no others. */
function isOfThisProgram(bytes: Uint8Array): boolean {
  let is = ofThisProgram.get(bytes);
  if (is === undefined) {
    is = new TextDecoder('latin1').decode(bytes).includes('fns.format_version');
    ofThisProgram.set(bytes, is);
  }
  return is;
}
