/** Reads that are wanted in one turn of the event loop, or while others are on their way, go to etcd in one call: what a read costs is the call, hardly the key. */

import type { IKeyValue, IRangeRequest, IRangeResponse, ITxnResponse } from 'etcd3';
import type { Clock } from '../../lib/clock.ts';
import type { Connection } from './connection.ts';
import { createGathering } from './gathering.ts';

export interface Found {
  kvs: IKeyValue[];
  more: boolean;
  /** The revision at which this is true. */
  revision: number;
}

export interface Reads {
  /** Linearizable, unless the request names a revision. Rejects with a StoreError. */
  range(request: IRangeRequest): Promise<Found>;
}

interface Wanted {
  request: IRangeRequest;
  resolve(found: Found): void;
  reject(error: unknown): void;
}

/** Far below what etcd takes by default (128): each may be a page of a mebibyte, and one answer must not keep the others waiting. */
const mostTogether = 16;

export function createReads(connection: Pick<Connection, 'read'>, clock: Clock): Reads {
  const wanted: Wanted[] = [];
  const gathering = createGathering(clock, {
    mostUnderWay: 4,
    waits: () => wanted.length > 0,
    begin: () => send(wanted.splice(0, mostTogether)),
  });

  async function alone(request: IRangeRequest): Promise<Found> {
    const { header, kvs, more } = await connection.read<IRangeResponse>('KV', 'range', request);
    return { kvs, more, revision: Number(header.revision) };
  }

  async function together(requests: IRangeRequest[]): Promise<Found[]> {
    const success = requests.map(request => ({ request_range: request }));
    const { header, responses } = await connection.read<ITxnResponse>('KV', 'txn', { compare: [], success });
    return responses.map(({ response_range: { kvs, more } }) => ({ kvs, more, revision: Number(header.revision) }));
  }

  async function send(batch: Wanted[]): Promise<void> {
    try {
      const [only] = batch;
      const found = batch.length === 1 && only ? [await alone(only.request)] : await together(batch.map(({ request }) => request));
      found.forEach((each, index) => batch[index]?.resolve(each));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    range(request) {
      // A revision may be gone, which must fail this read alone.
      if (request.revision !== undefined) return alone(request);
      return new Promise((resolve, reject) => {
        wanted.push({ request, resolve, reject });
        gathering.go();
      });
    },
  };
}
