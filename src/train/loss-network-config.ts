import { z } from 'zod';
import { LOSS_INPUTS, type LossInput } from '../nets/onnx-loss-network.js';
import { isVgg } from '../nets/vgg-layers.js';
import { optionHelp } from './option-help.js';

/** The part of a training configuration that is about its loss network. */
export const lossNetworkShape = {
  /** `vgg16`, `vgg19`, or the name of an ONNX file. */
  lossNetwork: z
    .string()
    .refine((name) => isVgg(name) || isOnnxFile(name), {
      error: ({ input }) => `vgg16, vgg19 or an .onnx file is needed, got '${input}'`,
    })
    .register(optionHelp, {
      help: 'vgg16, vgg19, or the .onnx file of any network of pictures',
      value: 'name',
    }),
  /** How the network of an ONNX file wants its pictures. `imagenet` by default. */
  lossInput: z
    .enum(LOSS_INPUTS as [LossInput, ...LossInput[]])
    .optional()
    .register(optionHelp, {
      help: 'how an .onnx loss network wants its pictures: imagenet, vgg (caffe), plain or unit',
      value: 'name',
    }),
  /** SHA-256 of the ONNX file. */
  lossSha256: z
    .string()
    .refine((text) => /^[0-9a-f]{64}$/.test(text), 'a SHA-256 in hexadecimal is needed')
    .optional(),
};

/**
 * The loss network of a training configuration.
 *
 * @interface
 */
export type LossNetworkConfig = z.infer<z.ZodObject<typeof lossNetworkShape>>;

/** Tells whether a loss network is an ONNX file, by its name. */
export function isOnnxFile(network: string): boolean {
  return network.toLowerCase().endsWith('.onnx');
}

/** The note on licences in the file of a network that was trained with this loss network. */
export function lossNetworkLicence(name: string): string {
  return isVgg(name)
    ? 'trained with VGG weights of K. Simonyan and A. Zisserman (CC BY 4.0)'
    : `trained with the loss network ${name}`;
}
