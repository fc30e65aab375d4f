/** What README.md tells a newcomer to type is typed here, word by word, against a sandbox. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { settingsWith } from '../../src/config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { startServer, type Running } from '../../src/serve.ts';
import { openEmbeddedStore } from '../../src/store/embedded/index.ts';
import type { Store } from '../../src/store/store.ts';
import { readmePath, withSettings } from '../support/write-readme.ts';

const run = promisify(execFile);

/** The fenced block after `<!-- kind: name -->`. */
function block(readme: string, kind: 'run' | 'output', name: string): string {
  const found = new RegExp(`<!-- ${kind}: ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (found === undefined) throw new Error(`README.md has no block ${kind}: ${name}`);
  return found;
}

describe('README', function () {
  this.timeout(90_000);
  let readme = '';
  let store: Store;
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  let teal: Running;

  before(async () => {
    readme = await readFile(readmePath, 'utf8');
    sandbox = await startSandbox({ host: '127.0.0.1', clock: systemClock, log: silentLogger });
    store = await openEmbeddedStore({ memory: true }, { clock: systemClock, log: silentLogger });
    const settings = settingsWith({ port: 0, kubernetes: sandbox.apiUrl, ingressAddress: sandbox.proxyUrl });
    teal = await startServer(settings, { store, processMetrics: false });
  });

  after(async () => {
    await teal.stop();
    await store.close();
    await sandbox.stop();
  });

  it('shows the settings that there are', () => {
    expect(readme, 'run `npm run readme`').to.equal(withSettings(readme));
  });

  it('deploys, updates and rolls back with the commands of its five minutes, and shows real answers', async () => {
    const script = ['five-minutes', 'pipeline', 'refusal'].map(name => `echo "== ${name}"\n${block(readme, 'run', name)}`).join('\n');
    const typed = script.replaceAll('http://127.0.0.1:8000', teal.url).replaceAll('http://127.0.0.1:8002', sandbox.proxyUrl);
    const { stdout } = await run('bash', ['-c', typed], { timeout: 80_000 });
    const [, fiveMinutes = '', pipeline = '', refusal = ''] = stdout.split(/^== .*\n/m);
    const answers = [...fiveMinutes.matchAll(/"version":\s*"(v\d)"/g)].map(match => match[1]);
    expect(answers).to.deep.equal(['v1', 'v2', 'v1']);
    expect(fiveMinutes.match(/"status": "DEPLOYED"/g)).to.have.length(2);
    expect(fiveMinutes).to.include('Blue-green deployment successful');
    expect(pipeline).to.equal('deployed\n');
    expect(comparable(block(readme, 'output', 'refusal'))).to.deep.equal(comparable(refusal));
  });
});

/** The request id differs from run to run. */
const comparable = (text: string): unknown => ({ ...(JSON.parse(text) as object), requestId: '' });
