/** Who looks at this page. The token lives in this variable only: not in storage, not in an address; it is gone with the page, at its expiry, or when the server refuses it. */

import { computed, signal } from '@preact/signals';
import type { WhoAmI } from '../server/shapes.ts';

export const token = signal<string | undefined>(undefined);
export const whoami = signal<WhoAmI | undefined>(undefined);
/** Said above the sign-in form. */
export const signedOutBecause = signal<string | undefined>(undefined);
/** The server asked for a token, and there is none. */
export const needsToken = signal(false);

/** Viewers see everything and change nothing. */
export const mayChange = computed(() => whoami.value !== undefined && whoami.value.role !== 'viewer');
export const mayAudit = mayChange;

let expiry: ReturnType<typeof setTimeout> | undefined;

export function beginSession(who: WhoAmI): void {
  whoami.value = who;
  needsToken.value = false;
  signedOutBecause.value = undefined;
  clearTimeout(expiry);
  if (who.expiresAt === undefined) return;
  // Longer waits than this overflow a timer; the server refuses an expired token anyway.
  const wait = Math.min(Date.parse(who.expiresAt) - Date.now(), 2_000_000_000);
  expiry = setTimeout(() => expireSession(), Math.max(0, wait));
}

function endSession(because: string | undefined): void {
  clearTimeout(expiry);
  token.value = undefined;
  whoami.value = undefined;
  signedOutBecause.value = because;
  needsToken.value = true;
}

/** The server does not take the token any more. */
export function expireSession(): void {
  endSession(token.value === undefined ? undefined : 'Your token is no longer valid. Sign in again to go on.');
}

export const signOut = (): void => endSession(undefined);
