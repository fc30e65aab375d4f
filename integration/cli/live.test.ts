/** The live views in a real terminal: redrawn in place, resized, ended by Ctrl-C; plain lines where there is none. */

import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demo } from '../support/demo.ts';
import { eventually, within } from '../support/wait.ts';
import { ctrlC, hasPty, inTerminal, type Terminal } from './pty.ts';
import { openStage, type Stage } from './stage.ts';

describe('the live views', function () {
  this.timeout(120_000);
  if (!hasPty) {
    it.skip('are left out: there is no python3 that brings a terminal');
    return;
  }
  let stage: Stage;
  const shows = (terminal: Terminal, pattern: RegExp) =>
    eventually(`the terminal shows ${String(pattern)}`, 30_000, () => expect(terminal.screen().join('\n')).to.match(pattern));
  const ends = (terminal: Terminal) => within('it ends', 10_000, terminal.ended);
  const descriptor = (wish = {}) => JSON.stringify(demo('default', { drainSeconds: 15, replicas: 2, frontend: 'live.localhost', ...wish }));

  before(async () => {
    stage = await openStage('sandbox');
    await writeFile(join(stage.home.folder, 'shop.json'), descriptor());
    const { code, stderr } = await stage.home.run(['deploy', '-f', 'shop.json']);
    expect(code, stderr).to.equal(0);
  });
  after(() => stage.close());

  it('status -w is redrawn in place while versions change, and says how long a drain goes on', async () => {
    const terminal = inTerminal(stage.home, ['status', 'shop', '-w'], { columns: 120, rows: 30 });
    await shows(terminal, /> +1 +serving +serving +2\/2 ready/);
    expect((await stage.home.run(['deploy', 'shop', '--set', 'image=demo-app:v2', '-q'])).code).to.equal(0);
    await shows(
      terminal,
      /1 +predecessor +draining +2\/2 ready +\d+s left[^]*> +2 +serving +serving|> +2 +serving +serving[^]*1 +predecessor +draining +2\/2 ready +\d+s left/,
    );
    const screen = terminal.screen();
    expect(screen.filter(line => line.startsWith('shop in default'))).to.have.length(1);
    expect(terminal.written()).to.match(/\u001b\[32m/);
    await eventually('the time runs down by itself', 10_000, () => expect(terminal.screen()).not.to.deep.equal(screen));
    terminal.press(ctrlC);
    expect(await ends(terminal)).to.equal(130);
    expect(terminal.written().endsWith('\u001b[?25h') || terminal.written().includes('\u001b[?25h'), 'the cursor is back').to.equal(true);
  });

  it('fits into a terminal that becomes small, and uses one that grows again', async () => {
    const terminal = inTerminal(stage.home, ['status', 'shop', '-w'], { columns: 120, rows: 30 });
    await shows(terminal, /Service shop -> version \d/);
    terminal.resize(40, 6);
    await shows(terminal, /more lines; the terminal is too …|more lines/);
    const screen = terminal.screen();
    expect(screen.length).to.be.at.most(6);
    for (const line of screen) expect(line.length, line).to.be.at.most(40);
    terminal.resize(120, 30);
    await shows(terminal, /Service shop -> version \d/);
    terminal.press(ctrlC);
    expect(await ends(terminal)).to.equal(130);
  });

  it('status -w writes plain lines into a pipe, one for each change', async () => {
    const watching = stage.home.start(['status', 'shop', '-w']);
    await eventually('the first line', 20_000, () => expect(watching.said().stdout).to.match(/^\S+Z shop live; /));
    expect((await stage.home.run(['redeploy', 'shop', '-q'])).code).to.equal(0);
    await eventually('the switch', 20_000, () =>
      expect(watching.said().stdout).to.match(/candidate 3 (confirming|switching) 2\/2 ready with traffic/),
    );
    watching.signal('SIGINT');
    const { code, stdout } = await watching.ended;
    expect(code).to.equal(130);
    expect(stdout).not.to.include('\u001b');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map(line => line.replace(/^\S+ /, ''));
    for (const [index, line] of lines.entries()) expect(line).not.to.equal(lines[index + 1]);
  });

  it('Ctrl-C in a deploy says that it goes on and how to stop it; without colour when that is asked for', async () => {
    await writeFile(
      join(stage.home.folder, 'slow.json'),
      descriptor({ appName: 'slow', frontend: undefined, env: { READY_DELAY: '60s' } }),
    );
    const terminal = inTerminal({ ...stage.home, env: { ...stage.home.env, NO_COLOR: '1' } }, ['deploy', '-f', 'slow.json'], {
      columns: 100,
      rows: 20,
    });
    await shows(terminal, /Waiting up to/);
    terminal.press(ctrlC);
    expect(await ends(terminal)).to.equal(130);
    expect(terminal.screen().join('\n')).to.match(/slow 1 goes on; follow it: teal logs -f (\S+); stop it: teal cancel \1/);
    expect(terminal.written()).not.to.match(/\u001b\[3\dm/);
    expect((await stage.home.run(['cancel', 'slow', '-q'])).code).to.equal(0);
  });

  it('undeploy asks on a terminal, and no means no', async () => {
    const terminal = inTerminal(stage.home, ['undeploy', 'shop'], { columns: 100, rows: 20 });
    await shows(terminal, /Take shop \d .* away, traffic and pods\? \[y\/N\]/);
    terminal.press('n\r');
    expect(await ends(terminal)).to.equal(1);
    expect((await stage.home.run(['get', 'app', 'shop', '-o', 'jsonpath={.state}'])).stdout).to.equal('live\n');
  });
});
