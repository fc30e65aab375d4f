/** Light, dark, or as the system has it. The choice is kept in this browser. */

import { effect, signal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon } from './icons.tsx';

const themes = ['auto', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

const key = 'teal-theme';

function remembered(): Theme {
  try {
    return themes.find(theme => theme === localStorage.getItem(key)) ?? 'auto';
  } catch {
    // Storage is forbidden: the choice lasts as long as the page.
    return 'auto';
  }
}

const theme = signal<Theme>(remembered());

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
  try {
    localStorage.setItem(key, theme.value);
  } catch {
    // As above.
  }
});

const looks = {
  auto: { icon: 'auto', text: 'as the system' },
  light: { icon: 'sun', text: 'light' },
  dark: { icon: 'moon', text: 'dark' },
} as const;

export function ThemeToggle(): JSX.Element {
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'auto';
  const { icon, text } = looks[theme.value];
  const label = `Colours: ${text}. Change to ${looks[next].text}`;
  return (
    <button type="button" class="act plain only-icon" aria-label={label} title={label} onClick={() => (theme.value = next)}>
      <Icon name={icon} />
    </button>
  );
}
