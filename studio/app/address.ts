/** The look in the address, so that it can be sent to a friend: `#style=wave&strength=0.8`. Only what is not usual. */
import { effect } from '@preact/signals';
import { DEFAULT_LOOK, type Look, look, VIEWS, type View, view } from './state.js';

const RANGES = { mix: [0, 1], strength: [0, 1], strokes: [0.5, 3] } as const;

/** The hash for a look and a view. */
export function addressOf(look: Look, view: View): string {
  const params = new URLSearchParams();
  if (view !== 'photo') params.set('view', view);
  // A style of one's own is in this browser only.
  if (!look.style.startsWith('own-')) params.set('style', look.style);
  if (look.second && !look.second.startsWith('own-')) {
    params.set('second', look.second);
    params.set('mix', String(look.mix));
  }
  if (look.strength !== 1) params.set('strength', String(look.strength));
  if (look.strokes !== 1) params.set('strokes', String(look.strokes));
  if (look.colours !== 'style') params.set('colours', look.colours);
  return `#${params}`;
}

/** The look and the view in a hash. What makes no sense is left out. */
export function parseAddress(hash: string): { look: Look; view: View } {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const number = (name: keyof typeof RANGES, usual: number) => {
    const value = Number(params.get(name) ?? Number.NaN);
    const [least, most] = RANGES[name];
    return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : usual;
  };
  const colours = params.get('colours');
  const second = params.get('second');
  const asked = VIEWS.find((name) => name === params.get('view'));
  return {
    view: asked ?? 'photo',
    look: {
      style: params.get('style') ?? DEFAULT_LOOK.style,
      ...(second ? { second } : {}),
      mix: second ? number('mix', 0.5) : 0,
      strength: number('strength', 1),
      strokes: number('strokes', 1),
      colours: colours === 'photo' || colours === 'match' ? colours : 'style',
    },
  };
}

/** Reads the address now and when it changes, and writes it when the look does. */
export function keepAddress(): void {
  const read = () => {
    const asked = parseAddress(location.hash);
    look.value = asked.look;
    view.value = asked.view;
  };
  read();
  addEventListener('hashchange', read);
  effect(() => {
    const hash = addressOf(look.value, view.value);
    if (hash !== location.hash) history.replaceState(null, '', hash);
  });
}
