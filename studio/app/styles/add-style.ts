/** Files of networks become own styles. */
import { addOwnStyle } from '../../store/own-styles.js';
import { DrawHost } from '../engine/draw-host.js';
import { own, say, work } from '../state.js';
import { words } from '../words.js';
import { chooseStyle } from './choose-style.js';

/** Files of one TensorFlow checkpoint have a common beginning; all others are networks of their own. */
function byNetwork(files: readonly File[]): File[][] {
  const groups = new Map<string, File[]>();
  for (const file of files) {
    const part = /^(.*)\.(index|meta|data-\d+-of-\d+)$/i.exec(file.name);
    const key = part ? `${part[1]}.ckpt` : file.name;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()];
}

/** Adds the styles that files hold, and chooses the last. Each that cannot be used gets one message. */
export async function addStyleFiles(files: readonly File[]): Promise<void> {
  const host = new DrawHost(undefined, () => undefined);
  try {
    for (const group of byNetwork(files)) await addStyle(host, group);
  } finally {
    host.cancel();
    if (work.value?.kind === 'style') work.value = undefined;
  }
}

async function addStyle(host: DrawHost, group: readonly File[]): Promise<void> {
  const t = words.value;
  const { name } = group[0]!;
  work.value = { kind: 'style' };
  try {
    const network = new Map<string, Uint8Array>();
    for (const file of group) network.set(file.name, new Uint8Array(await file.arrayBuffer()));
    const { bytes, thumbnail, notes } = await host.run((worker) => worker.adopt(network));
    const style = { name: name.replace(/\.[^.]+$/, ''), bytes, thumbnail };
    const stored = await addOwnStyle(style).catch(() => {
      say('note', t.errors.storage);
      return {
        ...{ ...style, id: `own-${crypto.randomUUID()}`, added: Date.now() },
        thumbnailUrl: URL.createObjectURL(thumbnail),
      };
    });
    own.value = [...own.value, stored];
    chooseStyle(stored.id);
    say('note', t.styleAdded(stored.name));
    for (const note of notes) say('note', note);
  } catch (error) {
    // A file that ended its worker must not end the next one's.
    host.cancel();
    const why = error instanceof Error ? error.message : String(error);
    say('error', t.errors.notAStyle(name, why));
  }
}
