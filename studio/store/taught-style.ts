/** Which own style the kept training has made, so that one that goes on replaces it. */
import { database } from './database.js';

/** A training, by when it was begun, and its style's id. */
interface TaughtStyle {
  training: number;
  id: string;
}

const KEY = 'taught-style';

export async function readTaughtStyle(): Promise<TaughtStyle | undefined> {
  return (await (await database()).get('values', KEY)) as TaughtStyle | undefined;
}

export async function writeTaughtStyle(style: TaughtStyle): Promise<void> {
  await (await database()).put('values', style, KEY);
}
