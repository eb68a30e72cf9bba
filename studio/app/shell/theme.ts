/** Light or dark: as the system has it, until it is chosen. */
import { writeSetting } from '../../store/settings.js';

/** Changes from light to dark and back, for this and later visits. */
export function toggleTheme(): void {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  const theme = isDark ? 'light' : 'dark';
  root.dataset.theme = theme;
  writeSetting('theme', theme);
}
