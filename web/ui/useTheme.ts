import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';

/** What somebody chose: as the system has it, or one of them always. */
export type Theme = 'system' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const KEPT = 'trunkline.theme';
const DARK = '(prefers-color-scheme: dark)';

export interface ThemeState {
  readonly theme: Theme;
  /** What that comes to now. */
  readonly dark: boolean;
  /** The next one in turn. */
  readonly turn: () => void;
}

/** Dark or light: follows the system until somebody chooses, and remembers that in this browser. */
export function useTheme(): ThemeState {
  const systemDark = useSyncExternalStore(subscribe, () => window.matchMedia(DARK).matches);
  const [theme, setTheme] = useState<Theme>(
    () => THEMES.find((each) => each === localStorage.getItem(KEPT)) ?? 'system',
  );
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    localStorage.setItem(KEPT, theme);
  }, [theme]);
  const turn = useCallback(() => {
    setTheme((before) => THEMES[(THEMES.indexOf(before) + 1) % THEMES.length] ?? 'system');
  }, []);
  return { theme, dark: theme === 'system' ? systemDark : theme === 'dark', turn };
}

function subscribe(changed: () => void): () => void {
  const query = window.matchMedia(DARK);
  query.addEventListener('change', changed);
  return () => {
    query.removeEventListener('change', changed);
  };
}
