/** The ready pods behind a route, and whose turn it is. */

import { createHash } from 'node:crypto';
import { resources } from '../api/resources.ts';
import type { Storage } from '../storage.ts';
import { stickyByService } from './extras.ts';
import type { Route } from './routes.ts';

export interface Backend {
  address: string;
  port: number;
  /** Names the pod in a cookie without telling its address. */
  token: string;
}

export interface Backends {
  /** Whose turn it is first, then the others; empty without ready pods. `cookies` may ask for one pod. */
  choose(route: Route, cookies: string): { candidates: Backend[]; setCookie: string | undefined };
}

interface Endpoint {
  addresses: string[];
  conditions: { ready?: boolean };
}

const tokenOf = (address: string, port: number) => createHash('sha256').update(`${address}:${port}`).digest('hex').slice(0, 32);

export function createBackends(storage: Storage): Backends {
  const turns = new Map<string, number>();

  function ready({ namespace, service, port }: Route): Backend[] {
    const object = storage.get(resources.services, namespace, service);
    const ports = (object?.spec.ports ?? []) as { name?: string; port: number }[];
    const wanted = ports.find(candidate => (port.name === undefined ? candidate.port === port.number : candidate.name === port.name));
    if (!wanted) return [];
    const slices = storage
      .list(resources.endpointslices, namespace)
      .filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === service);
    return slices.flatMap(slice => {
      const target = ((slice.ports ?? []) as { name?: string; port: number }[]).find(
        candidate => (candidate.name ?? '') === (wanted.name ?? ''),
      );
      if (!target) return [];
      return ((slice.endpoints ?? []) as Endpoint[])
        .filter(({ conditions }) => conditions.ready)
        .flatMap(({ addresses }) => addresses.map(address => ({ address, port: target.port, token: tokenOf(address, target.port) })));
    });
  }

  return {
    choose(route, cookies) {
      const all = ready(route);
      const key = `${route.namespace}/${route.service}`;
      const turn = (turns.get(key) ?? 0) % Math.max(1, all.length);
      turns.set(key, turn + 1);
      const inTurn = [...all.slice(turn), ...all.slice(0, turn)];
      const cookie =
        route.extras.stickyCookie ?? stickyByService(storage.get(resources.services, route.namespace, route.service)?.metadata.annotations);
      if (cookie === undefined) return { candidates: inTurn, setCookie: undefined };
      const held = cookies
        .split(/;\s*/)
        .find(text => text.startsWith(`${cookie}=`))
        ?.slice(cookie.length + 1);
      const own = inTurn.find(backend => backend.token === held);
      if (own) return { candidates: [own, ...inTurn.filter(backend => backend !== own)], setCookie: undefined };
      return { candidates: inTurn, setCookie: inTurn[0] ? `${cookie}=${inTurn[0].token}; Path=/; HttpOnly` : undefined };
    },
  };
}
