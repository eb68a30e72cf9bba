import { kebabCase } from '../core/kebab-case.js';

/** The flag of an option: `--style-weight` for `styleWeight`. */
export function flagOf(key: string): string {
  return `--${kebabCase(key)}`;
}
