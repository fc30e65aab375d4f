/** A cluster whose EndpointSlices follow its pods late, as those of a busy one do, and a Teal that cannot ask the proxy: no request may be sent to a Service without endpoints. */

import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { startProber } from '../history/prober.ts';
import { createClient } from '../support/client.ts';
import { readContract } from '../support/contract.ts';
import { demo } from '../support/demo.ts';
import { startServer, type Server } from '../support/server.ts';
import { openSandbox, type Target } from '../support/targets.ts';
import { createUser, type User } from '../support/user.ts';

const contract = readContract();

for (const routing of ['versioned', 'stable-service'] as const)
  describe(`EndpointSlices that are late, ${routing}`, function () {
    this.timeout(120_000);
    const namespace = 'late';
    const host = 'late.example.test';
    let target: Target;
    let server: Server;
    let user: User;

    before(async () => {
      target = await openSandbox(() => startSandbox({ host: '127.0.0.1', clock: systemClock, log: silentLogger, endpointsDelayMs: 800 }));
      await target.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      server = await startServer({
        store: {},
        clusterArgs: target.clusterArgs,
        connection: target.kube.connection,
        args: ['--timeout', '60', '--confirm', '1', '--drain', '2', '--health-via', 'api-proxy'],
        contract,
      });
      user = createUser(createClient({ url: server.process.url, namespace, contract }));
    });
    after(async () => {
      await server.stop();
      await target.close();
    });

    it('lose no request: traffic waits for those of the new version', async () => {
      const deploy = (image: string) =>
        user.deploy(demo(namespace, { frontend: host, image, routing, drainSeconds: 2, injectPreStop: true }));
      await deploy('v1');
      const prober = startProber({ url: target.ingressUrl, host, perSecond: 50 });
      for (const image of ['v2', 'v3']) await deploy(image);
      const { lost, versions } = await prober.stop();
      expect(versions).to.deep.equal(['v1', 'v2', 'v3']);
      expect(lost).to.deep.equal([]);
    });
  });
