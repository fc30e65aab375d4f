/** What pods say last reaches the load proof, though they are gone by then; a small API server of its own stands for the cluster. */

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createKube } from '../support/kube.ts';
import { eventually } from '../support/wait.ts';
import { podLogs } from './pod-logs.ts';

const closing = (connection: string) => `${JSON.stringify({ closedIdle: connection, at: 1000, idleMs: 300, served: 2 })}\n`;

describe('the last words of pods', () => {
  it('are heard to the end; pods that still run are not waited for', async () => {
    const pods = new Set(['old', 'new']);
    const logs = new Map<string, ServerResponse>();
    const server = createServer((request, response) => {
      const pod = /\/pods\/(\w+)\/log\?follow=true$/.exec(request.url ?? '')?.[1];
      if (pod === undefined) {
        response.end(JSON.stringify({ items: [...pods].map(name => ({ metadata: { name } })) }));
        return;
      }
      logs.set(pod, response);
      response.write('listening on [::]:8080\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const kube = createKube({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    try {
      const heard = podLogs(kube, 'n', 'shop');
      await heard.follow('1');
      await eventually('both logs are followed', 5000, () => expect([...logs.keys()].sort()).to.deep.equal(['new', 'old']));
      pods.delete('old');
      const left = once(logs.get('new') ?? server, 'close');
      const found = heard.closings().then(all => [...all]);
      await left;
      const last = closing('old/2');
      logs.get('old')?.write(closing('old/1') + last.slice(0, 20));
      logs.get('old')?.end(last.slice(20));
      expect(await found).to.deep.equal(['old/1', 'old/2'].map(name => [name, { at: 1000, idleMs: 300, served: 2 }]));
    } finally {
      await kube.close();
      server.closeAllConnections();
      server.close();
    }
  });
});
