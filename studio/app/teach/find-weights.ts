/** Finds the loss network's weights: from the server, kept in the browser, in a file, at an address. */
import { effect } from '@preact/signals';
import { isKept } from '../../worker/kept-files.js';
import type { LossWeights } from '../../worker/loss-weights.js';
import { placeOf } from '../engine/place.js';
import { say, shipped } from '../state.js';
import { styleList } from '../styles/load-styles.js';
import { words } from '../words.js';
import { weights } from './choices.js';
import { teachFailureText } from './failure.js';
import { TeachHost } from './teach-host.js';

const NETWORKS = ['vgg19', 'vgg16'] as const;
/** Where weights are kept that came from elsewhere than the server. */
const FOLDER = placeOf('weights/');

async function findWeights(): Promise<LossWeights | 'missing'> {
  for (const network of NETWORKS) {
    const served = styleList?.weights[network];
    if (served) return { network, url: placeOf(served) };
  }
  for (const network of NETWORKS) {
    const url = `${FOLDER}own-${network}.safetensors`;
    if (await isKept(url)) return { network, url };
  }
  return 'missing';
}

/** Looks for weights now, and when the server's list has come. */
export function lookForWeights(): () => void {
  return effect(() => {
    // The list comes with the styles.
    if (shipped.value.length === 0 && !styleList) return;
    if (typeof weights.peek() === 'object') return;
    void findWeights().then((found) => {
      weights.value = found;
    });
  });
}

/** Takes the weights out of a file. */
export async function useWeightsFile(file: File): Promise<void> {
  await keep(new Uint8Array(await file.arrayBuffer()), file.name);
}

/** Fetches weights from an address. */
export async function useWeightsAt(address: string): Promise<void> {
  const t = words.value.teach;
  let bytes: Uint8Array;
  try {
    const { href, protocol } = new URL(address);
    if (!/^https?:$/.test(protocol)) throw new Error();
    const response = await fetch(href).catch(() => undefined);
    if (!response?.ok) {
      say('error', response ? t.addressAnswers(response.status) : t.addressRefuses);
      return;
    }
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch {
    say('error', t.addressRefuses);
    return;
  }
  await keep(bytes, address.split('/').at(-1) ?? '');
}

async function keep(bytes: Uint8Array, name: string): Promise<void> {
  const host = new TeachHost();
  try {
    weights.value = await host.worker.keepWeights(bytes, name, FOLDER);
  } catch (error) {
    say('error', teachFailureText(error, name));
  } finally {
    host.end();
  }
}
