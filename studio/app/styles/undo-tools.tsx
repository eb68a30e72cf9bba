/** Undo and redo of the look. */
import { Icon } from '../shell/icon.js';
import { canRedo, canUndo, redo, undo } from '../undo.js';
import { words } from '../words.js';

export function UndoTools() {
  const t = words.value;
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label={t.undo}
        title={t.undo}
        disabled={!canUndo()}
        onClick={undo}
      >
        <Icon name="undo" />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={t.redo}
        title={t.redo}
        disabled={!canRedo()}
        onClick={redo}
      >
        <Icon name="redo" />
      </button>
    </>
  );
}
