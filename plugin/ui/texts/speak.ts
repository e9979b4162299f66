/** Says a text in the panel's language, with its values put in and its plural form chosen. */
import type { Settings } from '../../messages.js';
import { en, type TextKey, type Texts } from './en.js';
import { zh } from './zh.js';

export type Language = 'en' | 'zh';
export type Values = Record<string, string | number>;
export type Say = ((key: TextKey, values?: Values) => string) & { language: Language };

const languages: Record<Language, Texts> = { en, zh };

export function chooseLanguage(setting: Settings['language'], preferred: string): Language {
  if (setting !== 'auto') return setting;
  return preferred.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function createSay(language: Language): Say {
  const texts = languages[language];
  const plurals = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
  const say = (key: TextKey, values: Values = {}) => {
    const phrase = texts[key];
    const form = typeof phrase === 'string' ? phrase : pick(phrase, plurals.select(Number(values['n'] ?? 0)));
    return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return typeof value === 'number' ? numbers.format(value) : (value ?? whole);
    });
  };
  return Object.assign(say, { language });
}

export function isTextKey(key: string): key is TextKey {
  return key in en;
}

function pick(forms: { one?: string; other: string }, form: Intl.LDMLPluralRule): string {
  return (form === 'one' ? forms.one : undefined) ?? forms.other;
}
