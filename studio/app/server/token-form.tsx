/** Asks for the token of the service. */
import { useSignal } from '@preact/signals';
import { useId, useLayoutEffect } from 'preact/hooks';
import { failureText } from '../engine/failure.js';
import { words } from '../words.js';
import { checkToken } from './check-token.js';
import { type JobKind, keepToken } from './service.js';

interface TokenFormProps {
  /** What it is for. */
  kind: JobKind;
  onKept(): void;
  /** A failure is shown. */
  onFailure(): void;
}

export function TokenForm({ kind, onKept, onFailure }: TokenFormProps) {
  const t = words.value.server;
  const id = useId();
  const isChecking = useSignal(false);
  const failure = useSignal<unknown>(undefined);
  const use = async (text: string) => {
    if (isChecking.value) return;
    isChecking.value = true;
    try {
      await checkToken(kind, text);
      keepToken(text);
      onKept();
    } catch (error) {
      failure.value = error;
    } finally {
      isChecking.value = false;
    }
  };
  const { value: failed } = failure;
  useLayoutEffect(() => {
    if (failed) onFailure();
  }, [failed]);
  return (
    <form
      class="server-token"
      onSubmit={(event) => {
        event.preventDefault();
        void use((new FormData(event.currentTarget).get('token') as string).trim());
      }}
    >
      <label for={id}>{t.token}</label>
      <div class="control-row">
        <input
          id={id}
          type="password"
          name="token"
          autoComplete="off"
          spellcheck={false}
          required
          placeholder="fns_…"
          aria-describedby={`${id}-hint`}
          aria-invalid={failed !== undefined}
        />
        <button type="submit" disabled={isChecking.value}>
          {t.use}
        </button>
      </div>
      <p id={`${id}-hint`} class={failed ? 'server-failure' : 'hint'} aria-live="polite">
        {failed ? failureText(failed) : t.tokenHint}
      </p>
    </form>
  );
}
