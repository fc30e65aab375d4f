/** Whether anything answers at the address of the proxy; what it answers does not matter. */

import { request } from 'undici';

const timeoutMs = 3000;

export const askProxy =
  (address: string): (() => Promise<void>) =>
  async () => {
    const { body } = await request(new URL(address).origin, { signal: AbortSignal.timeout(timeoutMs) });
    await body.dump();
  };
