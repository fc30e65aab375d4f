/** Switches by hand, as they should not be done: what the rig must catch. */

import type { KubeObject } from '../../src/cluster/objects.ts';
import { demo, type Json } from '../support/demo.ts';
import type { Kube } from '../support/kube.ts';
import { eventually } from '../support/wait.ts';
import type { AppImage } from './image.ts';
import type { Row } from './lanes.ts';
import { wishOf, type Deployer, type Rounds } from './redeploying.ts';

export interface NaiveOptions {
  kube: Kube;
  namespace: string;
  row: Row;
  ingressClass: string;
  app: string;
  host: string;
  image: AppImage;
  switches: number;
  progress: (text: string) => void;
}

/** As long as Teal's own drain in this rig. */
const keptMs = 5000;

export function naiveDeployer({ kube, namespace, row, ingressClass, app, host, image, switches, progress }: NaiveOptions): Deployer {
  // Pods that go on serving while they end hide for seconds that nobody waits for the proxy.
  const ending = row.by === 'naive-removal' ? { env: { STOP_DELAY: '0s' } } : {};
  const podspec = demo(namespace, wishOf(image, ending))['podspec'] as { containers: { env: Json[] }[] };

  async function start(version: number): Promise<void> {
    const name = `${app}-${version}`;
    const labels = { naive: app, version: String(version) };
    const containers = podspec.containers.map(container => ({
      ...container,
      env: [{ name: 'APP_VERSION', value: String(version) }, ...container.env],
    }));
    const template = { metadata: { labels }, spec: { ...podspec, containers } };
    const object = (kind: string, spec: object): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name, namespace }, spec });
    await kube.create(object('ReplicationController', { replicas: 2, selector: labels, template }));
    await kube.create(object('Service', { selector: labels, ports: [{ name: 'http', port: 8080, targetPort: 8080 }] }));
    await eventually(`${name} is ready`, 60_000, async () => {
      const found = await kube.get('ReplicationController', namespace, name);
      if (found?.['status']?.readyReplicas !== 2) throw new Error('not yet');
    });
  }

  const remove = async (version: number): Promise<void> => {
    await kube.remove('ReplicationController', namespace, `${app}-${version}`);
    await kube.remove('Service', namespace, `${app}-${version}`);
  };

  const backend = (version: number) => ({ service: { name: `${app}-${version}`, port: { name: 'http' } } });
  async function switchTo(version: number) {
    const asked = Date.now();
    await start(version);
    const from = Date.now();
    await kube.edit('Ingress', namespace, app, ingress => (ingress['spec'].rules[0].http.paths[0].backend = backend(version)));
    const moved = Date.now();
    if (row.by === 'naive-backend') await new Promise(resolve => setTimeout(resolve, keptMs));
    await remove(version - 1);
    await eventually('the old pods are gone', 30_000, async () => {
      if ((await kube.list('Pod', namespace, { naive: app, version: String(version - 1) })).length > 0) throw new Error('not yet');
    });
    return { version: String(version), asked, from, moved, settled: Date.now() };
  }

  return {
    async first() {
      await start(1);
      await kube.create({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: app, namespace },
        spec: {
          ingressClassName: ingressClass,
          rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend(1) }] } }],
        },
      });
    },
    async rounds() {
      const rounds: Rounds = { switches: [], failed: [], takenBack: [] };
      for (let version = 2; version <= switches + 1; version++) {
        rounds.switches.push(await switchTo(version));
        progress(`${row.name}: ${version - 1} of ${switches} switches`);
      }
      return rounds;
    },
  };
}
