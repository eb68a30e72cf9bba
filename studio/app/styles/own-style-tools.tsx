/** What can be done with a style of one's own: rename, save as a file, delete. */
import { useSignal } from '@preact/signals';
import { deleteOwnStyle, renameOwnStyle } from '../../store/own-styles.js';
import { forgetStyle } from '../engine/drawing.js';
import { downloadBlob } from '../shell/download.js';
import { Icon } from '../shell/icon.js';
import { DEFAULT_LOOK, look, own, type StyleEntry } from '../state.js';
import { words } from '../words.js';

export function OwnStyleTools({ style }: { style: StyleEntry }) {
  const t = words.value;
  const editing = useSignal(false);
  const rename = async (name: string) => {
    editing.value = false;
    const given = name.trim();
    if (!given || given === style.name) return;
    // What is shown is kept.
    await renameOwnStyle(style.id, given).catch(() => undefined);
    own.value = own.value.map((each) => (each.id === style.id ? { ...each, name: given } : each));
  };
  const remove = async () => {
    const gone = own.value.find(({ id }) => id === style.id);
    own.value = own.value.filter(({ id }) => id !== style.id);
    look.value = { ...DEFAULT_LOOK };
    forgetStyle(style.id);
    if (gone) await deleteOwnStyle(gone).catch(() => undefined);
  };
  if (editing.value) {
    return (
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void rename(new FormData(event.currentTarget).get('name') as string);
        }}
      >
        <input
          type="text"
          name="name"
          aria-label={t.nameOfStyle}
          defaultValue={style.name}
          maxLength={60}
          // biome-ignore lint/a11y/noAutofocus: the person has just asked to type here
          autoFocus
          onBlur={(event) => void rename(event.currentTarget.value)}
        />
      </form>
    );
  }
  return (
    <>
      <button
        type="button"
        onClick={() => {
          editing.value = true;
        }}
      >
        <Icon name="pencil" />
        <span>{t.rename}</span>
      </button>
      <button
        type="button"
        onClick={() => downloadBlob(new Blob([style.bytes as Uint8Array<ArrayBuffer>]), `${style.name}.onnx`)}
      >
        <Icon name="save" />
        <span>{t.exportFile}</span>
      </button>
      <button type="button" onClick={() => void remove()}>
        <Icon name="bin" />
        <span>{t.remove}</span>
      </button>
    </>
  );
}
