/** Asks for a token. It is tried at once, and kept in memory only. */

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Notice } from './parts/small.tsx';
import { call, messageOf } from './server/call.ts';
import type { WhoAmI } from './server/shapes.ts';
import { beginSession, signedOutBecause, token } from './state/session.ts';

export function SignIn(): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  async function signIn(event: Event) {
    event.preventDefault();
    const given = field.current?.value.trim().replace(/^bearer\s+/i, '') ?? '';
    if (given === '') return setTrouble('Paste a token first.');
    setBusy(true);
    token.value = given;
    try {
      const who = await call<WhoAmI>('whoami');
      beginSession(who);
    } catch (error) {
      token.value = undefined;
      signedOutBecause.value = undefined;
      setTrouble(`The server does not take this token: ${messageOf(error)}`);
      setBusy(false);
    }
  }

  return (
    <form class="sign-in card" onSubmit={event => void signIn(event)}>
      <h1>Sign in</h1>
      {signedOutBecause.value !== undefined && trouble === undefined && <Notice tone="warn">{signedOutBecause.value}</Notice>}
      <label class="field">
        <span>Token</span>
        <input ref={field} type="password" autocomplete="off" spellcheck={false} aria-describedby="token-note" />
      </label>
      <p id="token-note" class="note">
        A JSON Web Token of your identity provider, or one from <code>teal token</code>. It stays in this page's memory and is gone when you
        close or reload it.
      </p>
      {trouble !== undefined && <Notice tone="bad">{trouble}</Notice>}
      <button type="submit" class="act primary" disabled={busy}>
        Sign in
      </button>
    </form>
  );
}
