import { expect } from 'chai';
import type { Answer, Client } from './api/client.ts';
import type { Deployment, LogEntry } from './api/types.ts';
import type { Context } from './context.ts';
import { logLine, tellOutcomes } from './outcome.ts';
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

const plain = (_tint: unknown, text: string) => text;

/** What is told of `ended` where `all` are the deployments of the app, and `log` is what it wrote. */
async function told(
  ended: Deployment,
  all: readonly Deployment[] = [],
  log: readonly LogEntry[] = [],
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const terminal: Partial<Terminal> = {
    out: text => void (out += text),
    warn: line => void (err += `${line}\n`),
    paint: plain,
    paintProgress: plain,
  };
  const answer: Partial<Answer> = { header: () => undefined, json: <T>() => all as T };
  const client: Partial<Client> = { ask: () => Promise.resolve(answer as Answer), get: <T>() => Promise.resolve(log as T) };
  const context = { terminal, format: { kind: 'table' }, program: 'teal', client: () => Promise.resolve(client) } as unknown as Context;
  const code = await tellOutcomes(context, [{ namespace: 'default', deployment: ended }]);
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

  describe('when it failed', () => {
    const live = deployment({ id: '0192b3c4-0000-7000-8000-000000000000', version: '1', status: 'DEPLOYED', deployedAt });
    const entry = (message: string, level: LogEntry['level'] = 'info'): LogEntry => ({
      seq: 1,
      time: deployedAt,
      level,
      message,
      phase: 'verifying',
    });
    const failed = (code: NonNullable<Deployment['reason']>['code']) => deployment({ reason: { code, message: 'that is why' } });

    it('tells what the pods and the cluster said, in their words only', async () => {
      const { code, err } = await told(
        failed('CRASH_LOOP'),
        [live],
        [
          entry('Warning: the image has no digest', 'warn'),
          entry('Created ReplicationController shop-2'),
          entry('Pod shop-2-abcde is waiting: CrashLoopBackOff', 'warn'),
          entry('Pod shop-2-fghij is waiting: CrashLoopBackOff', 'warn'),
          entry('shop-2-abcde | Warning: no database', 'warn'),
          entry('Deployment failed! its pods crash', 'error'),
          entry('Switching traffic back to version 1', 'warn'),
          entry('Deployment ended: its pods crash', 'error'),
        ],
      );
      expect(code).to.equal(1);
      expect(err).to.equal(`
shop 2 does not serve: FAILURE
  CRASH_LOOP: that is why

  What the pods and the cluster said
    Pod shop-2-abcde is waiting: CrashLoopBackOff
    shop-2-abcde | Warning: no database

  What stands now
    shop 1 (0192b3c4-0000) serves as before, untouched
    what it made was removed

  the whole log: teal logs 0192b3c4-0000
`);
    });

    it('does not say that something was removed where nothing was made', async () => {
      const { err } = await told(failed('VERSION_LIVE'), [live], [entry('Deployment failed! that is why', 'error')]);
      expect(err).not.to.include('removed').and.not.to.include('What the pods');
    });

    it('nor where everything went with its namespace', async () => {
      const { err } = await told(failed('NAMESPACE_GONE'), [], [entry('Created Service shop-2')]);
      expect(err).not.to.include('removed');
    });
  });
});

describe('a line of the log', () => {
  const line = (sinceMs: number) =>
    logLine({ seq: 1, time: '2026-01-01T00:00:04.000Z', level: 'info', message: 'Removed', phase: 'retiring' }, sinceMs, {
      paintProgress: plain,
    } as unknown as Terminal);
  const time = Date.parse('2026-01-01T00:00:04.000Z');

  it('begins with the seconds since it was asked for, which are never below zero', () => {
    expect(line(time - 1250)).to.equal('   1.3s  Removed');
    expect(line(time + 40)).to.equal('   0.0s  Removed');
    expect(line(time + 4000)).to.equal('   0.0s  Removed');
  });
});
