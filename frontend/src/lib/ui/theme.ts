// Light, dark, or as the device: stored on the device, applied before the first paint by boot.js.

export type Theme = 'system' | 'light' | 'dark';

export function themeNow(): Theme {
  const t = document.documentElement.dataset['theme'];
  return t === 'light' || t === 'dark' ? t : 'system';
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    if (theme === 'system') localStorage.removeItem('theme');
    else localStorage.setItem('theme', theme);
  } catch {
    // it holds until the page is closed
  }
}
