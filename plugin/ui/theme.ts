/** Figma puts its theme's class on <html> by itself; elsewhere whoever shows the panel says it in the address. */
export function followTheme(): void {
  const apply = () => {
    const theme = /(?:^#|&)theme=(dark|light)/.exec(location.hash)?.[1];
    if (theme === undefined) return;
    document.documentElement.classList.toggle('figma-dark', theme === 'dark');
    document.documentElement.classList.toggle('figma-light', theme === 'light');
  };
  window.addEventListener('hashchange', apply);
  apply();
}
