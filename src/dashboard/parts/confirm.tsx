/** Asks before something that touches traffic is done, says what exactly will happen, and shows the server's refusal where it was asked. */

import { signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { messageOf } from '../server/call.ts';
import { Dialog } from './dialog.tsx';
import { Notice } from './small.tsx';
import { say } from './announce.tsx';

export interface Question {
  title: string;
  /** What will happen, in sentences. */
  body: ComponentChildren;
  /** Text of the button that does it. */
  deed: string;
  danger?: boolean;
  /** Must be typed: for what takes an app away from its users. */
  typed?: string;
  run(): Promise<unknown>;
  /** Said when it is done. */
  done: string;
}

const question = signal<Question | undefined>(undefined);

export const ask = (asked: Question): void => void (question.value = asked);

export function Confirmation(): JSX.Element | null {
  const asked = question.value;
  return asked ? <Asking key={asked.title} asked={asked} /> : null;
}

function Asking({ asked }: { asked: Question }): JSX.Element {
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const close = () => void (question.value = undefined);
  const ready = !busy && (asked.typed === undefined || typed === asked.typed);

  async function run(event: Event) {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setTrouble(undefined);
    try {
      await asked.run();
      say(asked.done);
      close();
    } catch (error) {
      setTrouble(messageOf(error));
      setBusy(false);
    }
  }

  return (
    <Dialog title={asked.title} onClose={close}>
      <form onSubmit={event => void run(event)}>
        <div class="dialog-body">{asked.body}</div>
        {asked.typed !== undefined && (
          <label class="field">
            <span>
              Type <code>{asked.typed}</code> to go on
            </span>
            <input
              type="text"
              value={typed}
              onInput={event => setTyped(event.currentTarget.value)}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
            />
          </label>
        )}
        {trouble !== undefined && <Notice tone="bad">{trouble}</Notice>}
        <div class="dialog-acts">
          <button type="button" class="act plain" onClick={close}>
            Not now
          </button>
          <button type="submit" class={`act ${asked.danger ? 'danger' : 'primary'}`} disabled={!ready}>
            {asked.deed}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
