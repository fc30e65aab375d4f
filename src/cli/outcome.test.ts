import { expect } from 'chai';
import type { Answer, Client } from './api/client.ts';
import type { Deployment } from './api/types.ts';
import type { Context } from './context.ts';
import { tellOutcomes } from './outcome.ts';
import type { Terminal } from './terminal.ts';

const descriptor = { appName: 'shop', newVersion: '#', podspec: { containers: [] } };

const deployment = (wish: Partial<Deployment>): Deployment =>
  ({
    id: '0192b3c4-0000-7000-8000-000000000001',
    version: '2',
    status: 'FAILURE',
    phase: 'settled',
    created: '2026-01-01T00:00:00.000Z',
    lastModified: '2026-01-01T00:00:04.000Z',
    descriptor,
    ...wish,
  }) as Deployment;

/** What is told of `ended` where `all` are the deployments of the app. */
async function told(ended: Deployment, all: readonly Deployment[] = []): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const plain = (_tint: unknown, text: string) => text;
  const terminal: Partial<Terminal> = {
    out: text => void (out += text),
    warn: line => void (err += `${line}\n`),
    paint: plain,
    paintProgress: plain,
  };
  const answer: Partial<Answer> = { header: () => undefined, json: <T>() => all as T };
  const client: Partial<Client> = { ask: () => Promise.resolve(answer as Answer) };
  const context = { terminal, format: { kind: 'table' }, program: 'teal', client: () => Promise.resolve(client) } as unknown as Context;
  const code = await tellOutcomes(context, [{ namespace: 'default', deployment: ended, evidence: [] }]);
  return { code, out, err };
}

describe('how a deployment has ended, told to people', () => {
  const deployedAt = '2026-01-01T00:00:04.000Z';

  it('it serves', async () => {
    const { code, out } = await told(deployment({ status: 'DEPLOYED', deployedAt }));
    expect([code, out]).to.deep.equal([0, 'shop 2 serves (deployment 0192b3c4-0000, 4s)\n']);
  });

  it('it did what was asked for, and a newer one took its place: not said to serve', async () => {
    const reason = { code: 'REPLACED', message: 'replaced by deployment x' } as const;
    const { code, out } = await told(deployment({ status: 'UNDEPLOYED', deployedAt, reason }));
    expect([code, out]).to.deep.equal([0, 'shop 2 served, and was replaced (deployment 0192b3c4-0000, 4s)\n']);
  });

  it('it was taken away: not live any more, and no success', async () => {
    const reason = { code: 'UNDEPLOYED', message: 'undeployed on request' } as const;
    const { code, out, err } = await told(deployment({ status: 'UNDEPLOYED', deployedAt, reason }));
    expect([code, out]).to.deep.equal([1, '']);
    expect(err).to.include('shop 2 is not live any more: UNDEPLOYED\n  UNDEPLOYED: undeployed on request\n');
  });
});
