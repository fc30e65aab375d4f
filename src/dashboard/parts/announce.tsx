/** Short messages about what has just happened, seen for a moment and read aloud by screen readers. */

import { signal } from '@preact/signals';
import type { JSX } from 'preact';

const message = signal('');
/** Read aloud, not shown: what can be seen anyway. */
const whisper = signal('');
let hide: ReturnType<typeof setTimeout> | undefined;

export function say(text: string): void {
  message.value = text;
  clearTimeout(hide);
  hide = setTimeout(() => (message.value = ''), 5000);
}

export const tellQuietly = (text: string): void => void (whisper.value = text);

export const Announcements = (): JSX.Element => (
  <>
    <div class={message.value === '' ? 'toast hidden' : 'toast'} role="status">
      {message.value}
    </div>
    <div class="unseen" role="status" aria-live="polite">
      {whisper.value}
    </div>
  </>
);
