/** The descriptor as YAML, with each fault on its line. */

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { Fault } from '../server/shapes.ts';
import type { Read } from './yaml-text.ts';

interface Props {
  text: string;
  read: Read | undefined;
  faults: Fault[];
  readOnly: boolean;
  onChange(text: string): void;
}

export function YamlField({ text, read, faults, readOnly, onChange }: Props): JSX.Element {
  const box = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLPreElement>(null);
  const lines = text.split('\n');
  const found =
    read === undefined
      ? []
      : read.ok
        ? faults.map(({ pointer, message }) => ({ line: read.lineOf(pointer), where: pointer, message }))
        : [{ line: read.line, where: 'YAML', message: read.message }];
  const bad = new Set(found.map(({ line }) => line));

  function goTo(line: number | undefined) {
    const field = box.current;
    if (!field || line === undefined) return;
    const from = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    field.focus();
    field.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
  }

  return (
    <div class="yaml">
      <div class="yaml-box">
        <pre ref={gutter} class="gutter" aria-hidden="true">
          {lines.map((_, index) => (
            <span key={index} class={bad.has(index + 1) ? 'bad' : undefined}>
              {index + 1}
              {'\n'}
            </span>
          ))}
        </pre>
        <textarea
          ref={box}
          aria-label="Descriptor as YAML"
          aria-invalid={found.length > 0}
          aria-describedby={found.length > 0 ? 'yaml-faults' : undefined}
          spellcheck={false}
          autocapitalize="off"
          readOnly={readOnly}
          rows={Math.min(40, Math.max(16, lines.length + 1))}
          value={text}
          onInput={event => onChange(event.currentTarget.value)}
          onScroll={event => {
            if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      {found.length > 0 && (
        <ul class="faults" id="yaml-faults">
          {found.map(({ line, where, message }) => (
            <li key={where + message}>
              <button type="button" class="act plain" onClick={() => goTo(line)} disabled={line === undefined}>
                {line === undefined ? 'Somewhere' : `Line ${line}`}
              </button>
              <span>
                <code>{where}</code> {message}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
