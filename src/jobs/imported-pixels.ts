/** How a network that was taken in wants its pixels, when nobody says so. */
import type { PixelFormat } from '../files/pixel-format.js';
import { encodeStyle, type Style } from '../files/style-file.js';
import { VGG_MEANS } from '../nets/vgg.js';
import { openSession } from '../node/session.js';
import { guessPixelFormat, TEST_SIDE } from '../stylize/guess-pixel-format.js';

/** A style file clips its picture to 0..255. The tenth of it around the middle lets 1275 either side through. */
const FAINTER = 0.1;
const MIDDLE = 127.5;

/**
 * Guesses the format of a network from its numbers.
 *
 * @param style the network taken in as one for RGB 0..255, which it may not be
 * @param known what need not be guessed
 */
export async function guessImported(style: Style, known: Partial<PixelFormat>): Promise<PixelFormat> {
  // The others have their range built in.
  const isLinear = style.info.architecture === 'modern';
  const [factor, middle] = isLinear ? [FAINTER, MIDDLE] : [1, 0];
  const session = await openSession(encodeStyle(isLinear ? fainter(style) : style), { device: 'cpu' });
  const shape = [1, 3, TEST_SIDE, TEST_SIDE];
  const run = async (data: Float32Array) => {
    const { stylized } = await session.run({ image: { dtype: 'float32', shape, data } });
    return (stylized!.data as Float32Array).map((v) => (v - middle) / factor);
  };
  try {
    const size = { width: TEST_SIDE, height: TEST_SIDE };
    return await guessPixelFormat(run, size, isLinear ? known : { range: 255, ...known });
  } finally {
    await session.close();
  }
}

/** The `modern` network that gives `FAINTER * y + MIDDLE` of the numbers y. */
function fainter({ info, parameters }: Style): Style {
  const weight = parameters.get('out.conv.weight')!;
  const bias = parameters.get('out.conv.bias')!;
  const shifted = bias.data.map((b, i) => FAINTER * (b + VGG_MEANS[i]!) + MIDDLE - VGG_MEANS[i]!);
  return {
    info,
    parameters: new Map([
      ...parameters,
      ['out.conv.weight', { shape: weight.shape, data: weight.data.map((v) => FAINTER * v) }],
      ['out.conv.bias', { shape: bias.shape, data: shifted }],
    ]),
  };
}
