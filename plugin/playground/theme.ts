/** Light or dark: the system's choice until the designer makes one, which this browser then keeps. */

export type Theme = 'light' | 'dark';

const KEPT_AS = 'toile-playground-theme';
const system = matchMedia('(prefers-color-scheme: dark)');

export function currentTheme(): Theme {
  const kept = localStorage.getItem(KEPT_AS);
  return kept === 'light' || kept === 'dark' ? kept : system.matches ? 'dark' : 'light';
}

export function toggleTheme(): void {
  const next = currentTheme() === 'dark' ? 'light' : 'dark';
  const systemHas = system.matches ? 'dark' : 'light';
  // back at the system's own, its later changes are followed again
  if (next === systemHas) localStorage.removeItem(KEPT_AS);
  else localStorage.setItem(KEPT_AS, next);
  system.dispatchEvent(new Event('change'));
}

/** Calls at once, and after every change. */
export function followTheme(listener: (theme: Theme) => void): void {
  const tell = () => {
    document.documentElement.dataset['theme'] = currentTheme();
    listener(currentTheme());
  };
  system.addEventListener('change', tell);
  tell();
}
