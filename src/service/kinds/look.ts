/** The options of what pictures and videos are drawn in, for all kinds that draw. */
import { z } from 'zod';
import { parseBlend } from '../../files/mixture.js';
import { shippedStyles } from '../../node/shipped.js';
import { fileId } from './kind.js';

/** The options. */
export const lookFields = {
  style: z
    .string()
    .max(300)
    .optional()
    .describe('a shipped style (wave), or a blend of several (wave=0.7,starry=0.3)'),
  painting: z
    .string()
    .max(300)
    .regex(/^[^:/\\]+$/)
    .optional()
    .describe('of a style file of many paintings: its painting, or a mixture (sea=0.6,rain=0.4)'),
  strength: z.number().min(0).max(1).optional().describe('1: the style; 0: the photo'),
  strokeSize: z.number().min(0.5).max(4).optional().describe('strokes so many times as large'),
  colours: z.enum(['style', 'photo', 'match']).optional().describe('whose colours the picture has'),
};

/** The files. */
export const lookInputs = {
  style: fileId('a style file of your own, instead of a shipped style').optional(),
};

/** Says what is wrong with a look; nothing when it is fine. Names of styles never reach the file system. */
export function checkLook(
  options: Record<string, unknown>,
  inputs: Record<string, string>,
  shipped: readonly string[],
): string | undefined {
  const { style, painting } = options as { style?: string; painting?: string };
  if ((style === undefined) === (inputs.style === undefined)) {
    return 'options.style (a shipped style) or inputs.style (a style file) is needed, and not both';
  }
  if (painting !== undefined && inputs.style === undefined) return 'options.painting goes with inputs.style';
  if (style === undefined) return undefined;
  try {
    const unknown = parseBlend(style).find((part) => !shipped.includes(part.file));
    if (unknown) return `options.style: unknown style '${unknown.file}': there are ${shipped.join(', ')}`;
  } catch (error) {
    return `options.style: ${(error as Error).message}`;
  }
  return undefined;
}

/** The names of the shipped styles, read once. */
export const shippedNames: readonly string[] = await shippedStyles();
