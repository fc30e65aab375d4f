/** What the page can ask of the server. One function each; the answers tell themselves through what is followed anyway. */

import { call, send } from '../server/call.ts';
import type { Deployment, Descriptor, PlannedChange } from '../server/shapes.ts';

const one = (id: string, rest = ''): string => `deployments/${encodeURIComponent(id)}/${rest}`;

export const promote = (namespace: string, id: string) => send(one(id, 'promote'), { method: 'POST', query: { namespace } });
export const abort = (namespace: string, id: string) => send(one(id, 'abort'), { method: 'POST', query: { namespace } });
export const rollBack = (namespace: string, id: string) => send(one(id, 'rollback'), { method: 'POST', query: { namespace } });
export const redeploy = (namespace: string, id: string) => send(one(id), { method: 'PUT', query: { namespace } });
/** Undeploys what serves, cancels what is coming. */
export const remove = (namespace: string, id: string) => send(one(id), { method: 'DELETE', query: { namespace } });

/** Asking twice, because the first answer got lost, deploys once. */
export const deploy = (namespace: string, descriptorId: string, images: Record<string, string>, idempotencyKey: string) =>
  call<Deployment>('deployments/', {
    method: 'POST',
    query: { namespace, descriptorId },
    headers: { 'Idempotency-Key': idempotencyKey },
    ...(Object.keys(images).length === 0 ? {} : { body: { images } }),
  });

export const newestDescriptor = async (namespace: string, appName: string, signal?: AbortSignal): Promise<Descriptor | undefined> =>
  (await call<Descriptor[]>('descriptors/', { query: { namespace, appname: appName, limit: 1 }, ...(signal ? { signal } : {}) }))[0];

/** What would change if this were deployed now. */
export const plannedChange = (namespace: string, descriptor: Descriptor, signal: AbortSignal) =>
  call<PlannedChange>('descriptors/diff', { method: 'POST', query: { namespace }, body: descriptor, signal });
