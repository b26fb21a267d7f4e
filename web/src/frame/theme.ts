/** Dark or light: what the person chose, else what the system says. */
const key = 'wirelight-theme';

function apply(theme: string): void {
  document.documentElement.dataset.theme = theme;
  window.dispatchEvent(new Event('theme'));
}

/** Applies the theme at start. */
export function startTheme(): void {
  const system = window.matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  apply(localStorage.getItem(key) ?? system);
}

/** Changes between dark and light, and remembers it. */
export function toggleTheme(): void {
  const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem(key, next);
  apply(next);
}

/** The colour of a role, as the stylesheet has it now. */
export function color(role: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${role}`).trim();
}
