/** Accepts new deployments: one store transaction writes record, number, claims and queue place (PROTOCOL section 3). */

import type { Descriptor } from '../descriptors/index.ts';
import { policyProblem } from '../descriptors/index.ts';
import { whyNoImage } from '../lib/names.ts';
import type { Clock } from '../lib/clock.ts';
import { newIdAfter } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import { Problem } from '../lib/problem.ts';
import type { Fault } from '../lib/problem.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Store } from '../store/store.ts';
import type { Candidate } from './admission.ts';
import { admit } from './admission.ts';
import type { Attempts } from './attempts.ts';
import type { Naming } from './claims.ts';
import type { Idempotency } from './idempotency.ts';
import { highestNumberInCluster } from './numbering.ts';
import type { App, Deployment } from './record.ts';
import type { Repository } from './repository.ts';

export interface AcceptDeps {
  store: Store;
  repository: Repository;
  cluster: Pick<Cluster, 'list'>;
  clock: Clock;
  log: Logger;
  attempts: Attempts;
  idempotency: Idempotency;
  naming: Naming;
  findDescriptor(namespace: string, id: string): Promise<Descriptor | undefined>;
  warningsOf(descriptor: Descriptor): string[];
  /** Every place where a descriptor asks for more than the pod policy of now allows. */
  policyFaults(descriptor: Descriptor): Fault[];
  /** Which of the hosts an Ingress of others answers for, as far as it can be seen without waiting; texts like `Ingress shop/web`. */
  foreignHosts?(namespace: string, appName: string, hosts: string[]): Promise<{ host: string; holder: string }[]>;
  /** Deployments that may wait in an app's queue; absent or 0 = no limit. */
  maxQueued?: number;
}

export interface AcceptRequest {
  namespace: string;
  descriptorId: string;
  principal: string;
  /** Container name to image reference; replaces images in the copy. */
  images?: Record<string, string>;
  idempotencyKey?: string;
}

export interface Acceptance {
  /** Throws NOT_FOUND, INVALID, POLICY_VIOLATION, HOST_TAKEN, NAME_TAKEN, IDEMPOTENCY_KEY_REUSED, TOO_MANY_REQUESTS, UNAVAILABLE. */
  accept(request: AcceptRequest): Promise<Deployment>;
  /** Deploys the stored copy of a deployment's descriptor once more, if the pod policy of now allows it. */
  redeploy(request: { namespace: string; id: string; principal: string }): Promise<Deployment>;
}

/** About what one deployment of a queue takes. */
const queueRetrySeconds = 10;

export function createAcceptance(deps: AcceptDeps): Acceptance {
  const { repository, cluster, clock, log, attempts, idempotency, naming, findDescriptor, foreignHosts, maxQueued = 0 } = deps;

  /** `images`: what the request itself replaced, so that the answer points to it there. */
  function refuseAgainstPolicy(descriptor: Descriptor, images: Record<string, string>): void {
    const faults = deps.policyFaults(descriptor);
    if (faults.length === 0) return;
    const { containers, initContainers = [] } = descriptor.podspec;
    const sent = new Map(
      Object.entries({ containers, initContainers }).flatMap(([field, list]) =>
        list.flatMap(({ name }, index): [string, string][] =>
          Object.hasOwn(images, name) ? [[`/podspec/${field}/${index}/image`, pointerToImage(name)]] : [],
        ),
      ),
    );
    throw policyProblem(
      descriptor.namespace,
      faults.map(fault => ({ ...fault, pointer: sent.get(fault.pointer) ?? fault.pointer })),
    );
  }

  async function refuseForeignHosts(descriptor: Descriptor): Promise<void> {
    const hosts = naming.hostsOf(descriptor);
    if (!foreignHosts || hosts.length === 0) return;
    let taken: { host: string; holder: string }[];
    try {
      taken = await foreignHosts(descriptor.namespace, descriptor.appName, hosts);
    } catch (error) {
      // Acceptance needs the store only; the hosts are checked again before the switch.
      log.warn('hosts of other Ingresses could not be checked', {
        namespace: descriptor.namespace,
        appName: descriptor.appName,
        error: String(error),
      });
      return;
    }
    const [first] = taken;
    if (first)
      throw new Problem('HOST_TAKEN', `The host ${first.host} belongs to ${first.holder}`, {
        faults: taken.map(({ host, holder }) => ({ pointer: '/frontend', message: `${host} belongs to ${holder}` })),
      });
  }

  function refuseLongQueue({ name, queue }: App): void {
    if (maxQueued === 0 || queue.length < maxQueued) return;
    const detail = `${queue.length} deployments of ${name} wait for their turn, which is all that may (--max-queued)`;
    throw new Problem('TOO_MANY_REQUESTS', detail, { retryAfter: queueRetrySeconds });
  }

  async function enqueue(
    descriptor: Descriptor,
    principal: string,
    { images = {}, idempotent }: { images?: Record<string, string>; idempotent?: { key: string; content: unknown } | undefined } = {},
  ): Promise<Deployment> {
    const { namespace, appName } = descriptor;
    const numberInCluster = once(() => highestNumberInCluster(cluster, namespace, appName));
    return attempts.run(`${namespace}/${appName}`, async () => {
      const before = await repository.app(namespace, appName);
      const candidate: Candidate = { id: newIdAfter(before.value.newest, clock.now()), descriptor, principal, numberInCluster };
      const known = idempotent && (await idempotency.recall({ namespace, principal, ...idempotent }, candidate.id));
      if (known && 'deployment' in known) return recalled(namespace, known.deployment);
      refuseAgainstPolicy(descriptor, images);
      refuseLongQueue(before.value);
      await refuseForeignHosts(descriptor);
      const { app, record, compare, writes } = await admit(deps, before.value, candidate);
      const committed = await repository.commit({
        before,
        app,
        records: [record],
        compare: [...compare, ...(known?.compare ?? [])],
        writes: [...writes, ...(known?.writes ?? [])],
      });
      return committed?.records[0]?.value;
    });
  }

  async function recalled(namespace: string, id: string): Promise<Deployment> {
    const deployment = await repository.deployment(namespace, id);
    if (!deployment) throw new Problem('NOT_FOUND', `The deployment ${id} that was made under this Idempotency-Key has been deleted`);
    return deployment.value;
  }

  return {
    async accept({ namespace, descriptorId, principal, images = {}, idempotencyKey }) {
      await idempotency.sweep().catch((error: unknown) => log.warn('old idempotency keys could not be removed', { error: String(error) }));
      const descriptor = await findDescriptor(namespace, descriptorId);
      if (!descriptor) {
        // A retried request is answered as before, also when the descriptor has gone since.
        const known =
          idempotencyKey === undefined
            ? undefined
            : await idempotency.recall({ namespace, principal, key: idempotencyKey, content: { descriptorId, images } }, '');
        if (known && 'deployment' in known) return recalled(namespace, known.deployment);
        throw new Problem('NOT_FOUND', `There is no descriptor ${descriptorId} in namespace ${namespace}`);
      }
      const copy = withImages(descriptor, images);
      const idempotent = idempotencyKey === undefined ? undefined : { key: idempotencyKey, content: { descriptorId, images } };
      return enqueue(copy, principal, { images, idempotent });
    },

    async redeploy({ namespace, id, principal }) {
      const stored = await repository.deployment(namespace, id);
      if (!stored) throw new Problem('NOT_FOUND', `There is no deployment ${id} in namespace ${namespace}`);
      return enqueue(stored.value.descriptor, principal);
    },
  };
}

const pointerToImage = (container: string): string => `/images/${container.replace(/~/g, '~0').replace(/\//g, '~1')}`;

/** The descriptor with the named containers' images replaced. Throws INVALID that lists every fault. */
export function withImages(descriptor: Descriptor, images: Record<string, string>): Descriptor {
  const { podspec } = descriptor;
  const containers = [...podspec.containers, ...(podspec.initContainers ?? [])];
  const wanted = new Map(Object.entries(images));
  const faults = [...wanted].flatMap(([name, image]): Fault[] => {
    const pointer = pointerToImage(name);
    if (!containers.some(container => container.name === name)) {
      return [
        {
          pointer,
          message: `the descriptor has no container of this name; it has ${containers.map(container => container.name).join(', ')}`,
        },
      ];
    }
    const why = typeof image === 'string' ? whyNoImage(image) : 'must be a string';
    return why === undefined ? [] : [{ pointer, message: why }];
  });
  if (faults.length > 0) throw new Problem('INVALID', 'The images cannot be used', { faults });
  if (wanted.size === 0) return descriptor;
  const replaced = <C extends { name: string; image: string }>(container: C): C => ({
    ...container,
    image: wanted.get(container.name) ?? container.image,
  });
  return {
    ...descriptor,
    podspec: {
      ...podspec,
      containers: podspec.containers.map(replaced),
      ...(podspec.initContainers ? { initContainers: podspec.initContainers.map(replaced) } : {}),
    },
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}
