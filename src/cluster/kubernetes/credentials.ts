/** Who we are to the API server. Credentials may change while we run (token files, plugins), so they are asked for before each request and are cheap to ask. */

import { readFile } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';

/** What proves our identity on one request. */
export interface Identity {
  /** Request headers: `authorization`, and `impersonate-*` where a kubeconfig asks for it. */
  headers: Record<string, string | string[]>;
  /** Client certificate and key, PEM. Connections are made anew when they change. */
  certificate?: { cert: string; key: string };
}

export interface Credentials {
  /** Throws an Error with a text for people when a file or plugin fails. */
  current(): Promise<Identity>;
  /** Forgets what is cached after a 401. False when asking again can bring nothing new. */
  refresh(): boolean;
}

/** A token file is read again after so long: kubelet renews bound tokens when a fifth of their life (at least ten minutes) is left. */
const tokenFileAgeMs = 60_000;

export const fixedCredentials = (identity: Identity): Credentials => ({ current: () => Promise.resolve(identity), refresh: () => false });

export const basicHeaders = (username: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
});

export const bearerHeaders = (token: string) => ({ authorization: `Bearer ${token}` });

/** The token in a file. While the file cannot be read, the last token that was read goes on being used. */
export function tokenFileCredentials(file: string, clock: Clock): Credentials {
  let cached: { identity: Identity; readAt: number } | undefined;
  let stale = false;
  return {
    async current() {
      if (cached && !stale && clock.monotonic() - cached.readAt < tokenFileAgeMs) return cached.identity;
      try {
        const token = (await readFile(file, 'utf8')).trim();
        if (token === '') throw new Error(`token file ${file} is empty`);
        cached = { identity: { headers: bearerHeaders(token) }, readAt: clock.monotonic() };
        stale = false;
      } catch (error) {
        if (!cached) throw error;
      }
      return cached.identity;
    },
    refresh() {
      stale = true;
      return true;
    },
  };
}

/** `inner` with more headers on every request. */
export function withHeaders(inner: Credentials, headers: Identity['headers']): Credentials {
  if (Object.keys(headers).length === 0) return inner;
  return {
    async current() {
      const identity = await inner.current();
      return { ...identity, headers: { ...identity.headers, ...headers } };
    },
    refresh: () => inner.refresh(),
  };
}
