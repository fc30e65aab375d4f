/** Small pieces that every view uses: badges, times, notices, links. */

import type { ComponentChildren, JSX } from 'preact';
import { now } from '../state/clock.ts';
import { hashOf, type Route } from '../state/route.ts';
import { Icon, type IconName } from './icons.tsx';
import { agoText } from './time-text.ts';
import type { Tone } from './words.ts';

export const Badge = ({ tone, children }: { tone: Tone; children: ComponentChildren }): JSX.Element => (
  <span class={`badge ${tone}`}>
    <span class="lamp" aria-hidden="true" />
    {children}
  </span>
);

/** How long ago; the exact time is its title. */
export function Ago({ time }: { time: string }): JSX.Element {
  return (
    <time dateTime={time} title={new Date(time).toLocaleString()}>
      {agoText(now.value - Date.parse(time))}
    </time>
  );
}

interface ToProps {
  route: Route;
  children: ComponentChildren;
  class?: string;
  'aria-label'?: string | undefined;
  'aria-current'?: 'page' | undefined;
}

export const To = ({ route, children, ...rest }: ToProps): JSX.Element => (
  <a href={hashOf(route)} {...rest}>
    {children}
  </a>
);

interface ActProps {
  children: ComponentChildren;
  onClick: () => unknown;
  kind?: 'primary' | 'danger' | 'plain';
  icon?: IconName;
  disabled?: boolean;
  label?: string;
  pressed?: boolean;
}

export const Act = ({ children, onClick, kind = 'plain', icon, disabled = false, label, pressed }: ActProps): JSX.Element => (
  <button type="button" class={`act ${kind}`} onClick={() => void onClick()} disabled={disabled} aria-label={label} aria-pressed={pressed}>
    {icon && <Icon name={icon} />}
    {children}
  </button>
);

export const Notice = ({ tone, children, title }: { tone: Tone; title?: string; children?: ComponentChildren }): JSX.Element => (
  <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
    {title && <strong>{title}</strong>}
    {children}
  </div>
);

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);

/** Says that something is on its way, but not for what comes at once. */
export const Loading = (): JSX.Element => (
  <p class="loading" role="status">
    Loading …
  </p>
);
