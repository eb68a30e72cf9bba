/** The words of the page in the language that was chosen. */
import { computed, effect, signal } from '@preact/signals';
import { en } from '../locales/en.js';
import { enServer } from '../locales/en-server.js';
import { zh } from '../locales/zh.js';
import { zhServer } from '../locales/zh-server.js';
import { readSetting, writeSetting } from '../store/settings.js';

const LOCALES = { en: { ...en, server: enServer }, zh: { ...zh, server: zhServer } };

/** A language of the page. */
export type Language = keyof typeof LOCALES;

const preferred: Language = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';

export const language = signal<Language>(readSetting('language') ?? preferred);
export const words = computed(() => LOCALES[language.value]);

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-Hans' : 'en';
  document.title = words.value.title;
});

/** Chooses a language, for this and later visits. */
export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  writeSetting('language', chosen);
}
