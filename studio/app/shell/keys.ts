/** Keys that work everywhere on the page. */
import { signal } from '@preact/signals';
import { cancelFull } from '../engine/full-picture.js';
import { savePicture } from '../photo/save.js';
import { look, styles, view } from '../state.js';
import { chooseStyle } from '../styles/choose-style.js';
import { redo, undo } from '../undo.js';

/** The space bar is held: the photo is shown. */
export const holdsPhoto = signal(false);

/** Types of inputs that have an undo of their own. */
const TYPED = ['text', 'url', 'password'];

/** Tells whether a key belongs to what has the focus: text, sliders, lists. */
function isBusy(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, select, textarea, [role=slider], [role=radio]') !== null
  );
}

function neighbour(step: number): void {
  const all = styles.value;
  const at = all.findIndex(({ id }) => id === look.value.style);
  const next = all[(at + step + all.length) % all.length];
  if (next) chooseStyle(next.id);
}

/** Listens from now on. */
export function listenForKeys(): void {
  addEventListener('keydown', (event) => {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    const does = (action: () => void) => {
      event.preventDefault();
      action();
    };
    const isPhoto = view.value === 'photo';
    if (view.value === 'teach') return;
    if (isPhoto && command && key === 's') return does(() => void savePicture('image/png'));
    if (event.target instanceof HTMLInputElement && TYPED.includes(event.target.type)) return;
    if (command && key === 'z') return does(event.shiftKey ? redo : undo);
    if (command && key === 'y') return does(redo);
    if (isPhoto && key === 'escape') return does(cancelFull);
    if (command || event.altKey || isBusy(event.target)) return;
    if (key === 'arrowright') return does(() => neighbour(1));
    if (key === 'arrowleft') return does(() => neighbour(-1));
    const onButton = event.target instanceof Element && event.target.closest('button, a, summary');
    if (isPhoto && key === ' ' && !onButton)
      does(() => {
        holdsPhoto.value = true;
      });
  });
  const release = () => {
    holdsPhoto.value = false;
  };
  addEventListener('keyup', (event) => {
    if (event.key === ' ') release();
  });
  addEventListener('blur', release);
}
