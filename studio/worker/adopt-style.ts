/** Styles from files of any program, checked by drawing with them. */
import { files, loadStyle, pictures } from 'fast-neural-style/browser';
import { encodePicture } from './photo.js';

/** A style that can be used, and a small picture of its texture. */
export interface AdoptedStyle {
  bytes: Uint8Array;
  thumbnail: Blob;
  /** What a person should know, such as that it takes one size only. */
  notes: string[];
}

/** The side of a thumbnail in pixels. */
const THUMBNAIL = 144;

/**
 * Makes a style of a network file: an ONNX style network as it is, anything else through `importStyle`.
 *
 * @param network the files by name: one, or those of a TensorFlow checkpoint
 * @throws FnsError when it is no style network that is known.
 */
export async function adoptStyle(
  network: ReadonlyMap<string, Uint8Array>,
  device: 'auto' | 'cpu' | 'webgpu',
): Promise<AdoptedStyle> {
  const [[label, only]] = [...network] as [[string, Uint8Array]];
  const isOnnx = network.size === 1 && /\.onnx$/i.test(label);
  const bytes = isOnnx ? only : files.encodeStyle(files.importStyle(network, { label }), { half: true });
  const stylizer = await loadStyle(bytes, { device });
  try {
    const texture = await pictures.styleTexture(stylizer, THUMBNAIL);
    return { bytes, thumbnail: await encodePicture(texture, 'image/webp', 0.8), notes: [...stylizer.notes] };
  } finally {
    await stylizer.close();
  }
}
