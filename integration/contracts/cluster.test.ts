/** Runs the cluster contract on the sandbox, and on a real cluster where one is named by TEAL_TEST_KUBECONFIG or KUBECONFIG. */

import { createCluster, loadConnection } from '../../src/cluster/kubernetes/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { managerFacts } from './cluster/managers.ts';
import { clusterContract } from './cluster.ts';

clusterContract('the sandbox', async () => {
  const sandbox = await startSandbox({ host: '127.0.0.1', clock: systemClock, log: silentLogger });
  return { connection: await loadConnection({ url: sandbox.apiUrl }), stop: () => sandbox.stop() };
});

const kubeconfig = process.env['TEAL_TEST_KUBECONFIG'] ?? process.env['KUBECONFIG'];

if (kubeconfig) {
  clusterContract(
    'a real cluster',
    async () => {
      const connection = await loadConnection({ kubeconfig });
      const probe = createCluster({ ...connection, clock: systemClock, log: silentLogger });
      try {
        await probe.ping();
      } finally {
        await probe.close();
      }
      return { connection };
    },
    managerFacts,
  );
} else {
  describe('cluster contract: a real cluster', () => {
    it('is not run: neither TEAL_TEST_KUBECONFIG nor KUBECONFIG names a cluster', function () {
      this.skip();
    });
  });
}
