import { expect, test } from 'vitest';
import { FnsError } from '../../src/core/errors.js';
import { decodeUpscaling, encodeUpscaling } from '../../src/files/upscale-file.js';
import {
  initialUpscaleParameters,
  UPSCALE_ARCHITECTURES,
  type UpscaleArchitecture,
} from '../../src/nets/upscale.js';
import { mutated } from '../mutation.js';

function upscaling(architecture: UpscaleArchitecture) {
  const network = { architecture, factor: 4, width: 3, blocks: 1 };
  const info = { ...network, name: 'x', steps: 7, config: '{"a":1}', licence: 'none' };
  return { info, parameters: initialUpscaleParameters(network, 1) };
}

test.each(UPSCALE_ARCHITECTURES)('%s: what is written is read', (architecture) => {
  const given = upscaling(architecture);
  expect(decodeUpscaling(encodeUpscaling(given), 'x')).toEqual(given);
  const half = encodeUpscaling(given, { half: true });
  const read = decodeUpscaling(half, 'x').parameters;
  for (const [name, { data }] of given.parameters) {
    read.get(name)!.data.forEach((v, i) => {
      expect(Math.abs(v - data[i]!)).toBeLessThanOrEqual(2 ** -11 * Math.abs(data[i]!) + 2 ** -24);
    });
  }
});

test('300 mutated files: each is read or refused in one line', () => {
  const bytes = encodeUpscaling(upscaling('modern'));
  let refused = 0;
  for (let seed = 0; seed < 300; seed++) {
    try {
      decodeUpscaling(mutated(bytes, seed), 'x.onnx');
    } catch (error) {
      expect(error).toBeInstanceOf(FnsError);
      expect((error as Error).message.split('\n')).toHaveLength(1);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(50);
});
