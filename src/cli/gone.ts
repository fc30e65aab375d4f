/** Waits until the record of a deployment is deleted: that comes last, after its objects. */

import type { Client } from './api/client.ts';
import { exits, Failure } from './exits.ts';

export async function untilGone(client: Client, namespace: string, id: string): Promise<void> {
  for (;;) {
    try {
      await client.patiently('GET', `/deployments/${id}/`, { query: { namespace, wait: '5s', until: 'settled' } });
      // Settled, and its record is about to go.
      await new Promise(resolve => setTimeout(resolve, 100));
    } catch (error) {
      if (error instanceof Failure && error.exit === exits.notFound) return;
      throw error;
    }
  }
}
