/** Messages, at the foot of the page: never in the way, read aloud, gone when they are dismissed. */
import { useEffect } from 'preact/hooks';
import { dismiss, type Message, messages } from '../state.js';
import { words } from '../words.js';
import { Icon } from './icon.js';

/** Milliseconds that a note stays. Errors stay until they are dismissed. */
const NOTE = 7000;

export function Messages() {
  return (
    <div class="messages" role="status" aria-live="polite">
      {messages.value.map((message) => (
        <MessageLine key={message.id} message={message} />
      ))}
    </div>
  );
}

function MessageLine({ message: { id, kind, text } }: { message: Message }) {
  useEffect(() => {
    if (kind === 'error') return;
    const timer = setTimeout(() => dismiss(id), NOTE);
    return () => clearTimeout(timer);
  }, [id, kind]);
  return (
    <div class={`message ${kind}`}>
      <p>{text}</p>
      <button
        type="button"
        class="plain icon-button"
        aria-label={words.value.done}
        onClick={() => dismiss(id)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
