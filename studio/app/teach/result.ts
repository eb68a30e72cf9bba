/** The style that was learned, among one's own styles. */
import { signal } from '@preact/signals';
import { addOwnStyle, type OwnStyle, renameOwnStyle, replaceOwnStyle } from '../../store/own-styles.js';
import { readTaughtStyle, writeTaughtStyle } from '../../store/taught-style.js';
import type { Taught } from '../../worker/teach.worker.js';
import { forgetStyle } from '../engine/drawing.js';
import { own, say } from '../state.js';
import { words } from '../words.js';

/** The style of the training as it was kept last, and whether its training was ended early. */
export const result = signal<{ style: OwnStyle; stopped: boolean } | undefined>(undefined);

/** Keeps the style; one of the same training that was kept before is replaced. */
export async function keepResult(
  { style: bytes, thumbnail, stopped, training }: Taught,
  name: string,
): Promise<void> {
  const style = await keep({ bytes, thumbnail }, name, training).catch(() => {
    say('note', words.value.errors.storage);
    const thumbnailUrl = URL.createObjectURL(thumbnail);
    return { id: `own-${crypto.randomUUID()}`, name, bytes, thumbnail, thumbnailUrl, added: Date.now() };
  });
  const others = own.value.filter(({ id }) => id !== style.id);
  own.value = [...others, style];
  forgetStyle(style.id);
  result.value = { style, stopped };
}

async function keep(
  change: Pick<OwnStyle, 'bytes' | 'thumbnail'>,
  name: string,
  training: number,
): Promise<OwnStyle> {
  const before = await readTaughtStyle();
  const replaced = before?.training === training ? await replaceOwnStyle(before.id, change) : undefined;
  if (replaced) return replaced;
  const added = await addOwnStyle({ ...change, name });
  await writeTaughtStyle({ training, id: added.id });
  return added;
}

/** Gives the style another name. */
export async function renameResult(name: string): Promise<void> {
  const given = name.trim();
  if (!result.value || !given) return;
  const style = { ...result.value.style, name: given };
  result.value = { ...result.value, style };
  own.value = own.value.map((each) => (each.id === style.id ? style : each));
  await renameOwnStyle(style.id, given).catch(() => undefined);
}
