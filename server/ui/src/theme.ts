import { useSyncExternalStore } from 'react';

export type ThemeChoice = 'auto' | 'light' | 'dark';

const key = 'narthex.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

export function themeChoice(): ThemeChoice {
  const chosen = document.documentElement.dataset.theme;
  return chosen === 'light' || chosen === 'dark' ? chosen : 'auto';
}

export function chooseTheme(choice: ThemeChoice) {
  if (choice === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  try {
    localStorage.setItem(key, choice);
  } catch {
    // Private windows have no storage: then the choice ends with the page.
  }
  for (const listener of listeners) listener();
}

export function restoreTheme() {
  try {
    const stored = localStorage.getItem(key);
    if (stored === 'light' || stored === 'dark') chooseTheme(stored);
  } catch {
    // As above.
  }
}

// Changes whenever colours do.
export function useThemeName(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      system.addEventListener('change', listener);
      return () => {
        listeners.delete(listener);
        system.removeEventListener('change', listener);
      };
    },
    () => `${themeChoice()} ${system.matches}`,
  );
}
