/** Tells whether an ONNX file is a style network, and what it takes and gives. */
import { failure } from '../core/errors.js';
import type { Size } from '../core/sizes.js';
import { fromMetadata, isStyleMetadata } from '../files/style-metadata.js';
import { isUpscaleMetadata } from '../files/upscale-file.js';
import type { ModelDescription, ModelValue } from '../graph/model.js';

/** The tensors that a network takes and gives. */
export interface Signature {
  input: string;
  output: string;
  /** Our own style files accept every size and keep it. */
  ours: boolean;
  /** Set when the network takes one size only. */
  fixedSize: Size | undefined;
  /** Names of the paintings, when the network has more than one. */
  paintings: string[] | undefined;
}

/**
 * Reads what a style network takes and gives: one picture `[1, 3, H, W]` each, and the mixture of a network of many.
 *
 * @throws FnsError when it is no style network.
 */
export function signatureOf(model: ModelDescription, label: string): Signature {
  const { inputs, outputs, metadata } = model;
  if (isUpscaleMetadata(metadata)) {
    throw failure(`${label} is a super-resolution network, not a style`, undefined, 'upscaler-as-style');
  }
  const ours = isStyleMetadata(metadata);
  const paintings = ours ? fromMetadata(metadata, label, 'an ONNX file').paintings : undefined;
  const [input, output] = [inputs[0], outputs[0]];
  const isPicture = (v: ModelValue | undefined) =>
    v !== undefined &&
    (v.dtype === undefined || v.dtype === 'float32') &&
    (v.shape.length === 4 || v.shape.length === 0);
  const channels = input?.shape[1];
  const fits =
    inputs.length === (paintings ? 2 : 1) && outputs.length === 1 && isPicture(input) && isPicture(output);
  if (!fits || (typeof channels === 'number' && channels !== 3)) {
    const text = (values: ModelValue[]) =>
      values.map((v) => `${v.name} ${v.dtype ?? ''}[${v.shape.join(', ')}]`).join(', ');
    throw failure(
      `${label} is no style network: one float32 picture [1, 3, H, W] in and one out are needed, ` +
        `it takes ${text(inputs) || 'nothing'} and gives ${text(outputs) || 'nothing'}`,
    );
  }
  const [, , height, width] = input!.shape;
  const fixedSize = typeof height === 'number' && typeof width === 'number' ? { height, width } : undefined;
  return { input: input!.name, output: output!.name, ours, fixedSize, paintings };
}
