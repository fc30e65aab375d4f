/** A unified diff, with its lines told apart by sign, colour and what screen readers say. */

import type { JSX } from 'preact';

const looks: Record<string, { class: string; said: string }> = {
  '+': { class: 'added', said: 'added: ' },
  '-': { class: 'removed', said: 'removed: ' },
  '@': { class: 'place', said: '' },
};

export function UnifiedDiff({ text, label }: { text: string; label: string }): JSX.Element {
  // The names of the two sides stand in the view already.
  const lines = text
    .split('\n')
    .filter((line, index, all) => !/^(---|\+\+\+|===|\\ )/.test(line) && !(line === '' && index === all.length - 1));
  return (
    <pre class="diff" tabIndex={0} role="group" aria-label={label}>
      {lines.map((line, index) => {
        const look = looks[line[0] ?? ''];
        return (
          <span key={index} class={look?.class}>
            {look?.said ? <span class="unseen">{look.said}</span> : null}
            {line}
            {'\n'}
          </span>
        );
      })}
    </pre>
  );
}
