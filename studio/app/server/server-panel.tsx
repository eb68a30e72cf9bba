/** Where full pictures and videos are drawn: on this device, or by the service that serves the page. */
import { useEffect, useRef } from 'preact/hooks';
import '../css/server.css';
import { say } from '../state.js';
import { words } from '../words.js';
import type { PlaceChoiceProps } from './place-choice.js';
import { choosePlace, forgetToken, type Place, place, token, wantsServer } from './service.js';
import { TokenForm } from './token-form.js';

const PLACES: readonly Place[] = ['device', 'server'];

export default function ServerPanel({ kind, why }: PlaceChoiceProps) {
  const t = words.value.server;
  const isServer = place.value === 'server';
  const panel = useRef<HTMLElement>(null);
  const inView = () => panel.current?.scrollIntoView({ block: 'nearest' });
  /** The token has come or gone, and what had the focus with it. */
  const refocus = () => {
    panel.current?.querySelector<HTMLElement>('input:checked')?.focus();
    inView();
  };
  return (
    <section class="server-panel" aria-label={t.titles[kind]} ref={panel}>
      <fieldset class="segments">
        <legend>{t.titles[kind]}</legend>
        {PLACES.map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="place"
              checked={place.value === name}
              onChange={() => {
                choosePlace(name);
                requestAnimationFrame(inView);
              }}
            />
            <span>{t.places[name]}</span>
          </label>
        ))}
      </fieldset>
      {isServer && token.value === undefined && <TokenForm kind={kind} onKept={refocus} onFailure={inView} />}
      {wantsServer.value && (
        <>
          <ServerNote kind={kind} why={why} />
          <button
            type="button"
            class="plain"
            onClick={() => {
              forgetToken();
              refocus();
            }}
          >
            {t.forget}
          </button>
        </>
      )}
    </section>
  );
}

/** Says where pictures go, or why this one goes nowhere. */
function ServerNote({ kind, why }: PlaceChoiceProps) {
  const t = words.value.server;
  const text = why ? t.onDevice[why] : t.privacy[kind](location.host);
  useEffect(() => {
    // On a phone the panel may be out of sight.
    if (why) say('note', t.onDevice[why]);
  }, [why, t]);
  return <p class={why ? 'server-note' : 'hint'}>{text}</p>;
}
