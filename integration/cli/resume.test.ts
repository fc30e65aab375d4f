/** Streams over a connection that is cut again and again: nothing is missing and nothing comes twice. */

import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demo } from '../support/demo.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { eventually, within } from '../support/wait.ts';
import { openStage, type Stage } from './stage.ts';

describe('cut connections', function () {
  this.timeout(120_000);
  let stage: Stage;
  let line: TcpProxy;
  const through = () => ({ TEAL_SERVER: `http://127.0.0.1:${line.port}` });

  before(async () => {
    stage = await openStage('sandbox');
    line = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(stage.server.url).port) });
    // The app becomes ready so late that there is time to cut.
    await writeFile(join(stage.home.folder, 'shop.json'), JSON.stringify(demo('default', { env: { READY_DELAY: '3s' } })));
  });
  after(async () => {
    await line.stop();
    await stage.close();
  });

  it('deploy follows the log to its end, each line once', async () => {
    const deploying = stage.home.start(['deploy', '-f', 'shop.json'], { env: through() });
    await eventually('it is followed', 30_000, () => expect(deploying.said().stderr).to.include('Waiting up to'));
    line.cut();
    await eventually('it connects again', 30_000, () => expect(line.open).to.be.greaterThan(0));
    line.cut();
    const { code, stdout, stderr } = await within('deploy ends', 60_000, deploying.ended);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^shop 1 serves/);
    const stored = (await stage.home.run(['logs', 'shop'])).stdout
      .trimEnd()
      .split('\n')
      .map(text => text.replace(/^\S+ /, ''));
    const shown = stderr.split('\n').flatMap(text => /^ +[\d.]+s {2}(.*)$/.exec(text)?.[1] ?? []);
    expect(shown).to.deep.equal(stored.slice(0, shown.length));
    expect(shown.at(-1)).to.match(/deployed$|successful$|keeps running/);
  });

  it('events -w goes on where it was cut, and misses nothing', async () => {
    const watching = stage.home.start(['events', '-w', '-o', 'json'], { env: through() });
    const seen = () =>
      watching
        .said()
        .stdout.split('\n')
        .filter(text => text !== '')
        .map(text => JSON.parse(text) as { id: string; phase?: string; seq: number });
    await eventually('it is connected', 30_000, () => expect(line.open).to.equal(1));
    const deploying = stage.home.start(['redeploy', 'shop', '-q', '-o', 'name']);
    await eventually('events come', 30_000, () => expect(seen()).not.to.deep.equal([]));
    line.cut();
    const { code, stdout } = await within('redeploy ends', 60_000, deploying.ended);
    expect(code).to.equal(0);
    const phases = () =>
      seen()
        .filter(({ id }) => id === stdout.trim())
        .map(({ phase }) => phase);
    await eventually('all events came', 30_000, () => expect(phases().at(-1)).to.equal('serving'));
    expect([...new Set(phases())]).to.include.members(['queued', 'starting', 'verifying', 'switching', 'serving']);
    const numbers = seen().map(({ seq }) => seq);
    expect(numbers).to.deep.equal([...numbers].sort((a, b) => a - b));
    watching.signal('SIGINT');
    expect((await watching.ended).code).to.equal(130);
  });
});
