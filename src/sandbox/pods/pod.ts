/** One pod on the sandbox's only node: its containers in order, its status, its graceful end. */

import type { KubeObject } from '../../cluster/objects.ts';
import type { Clock } from '../../lib/clock.ts';
import { ApiFailure } from '../api/failure.ts';
import { timestamp, type Registry } from '../api/registry.ts';
import { resources } from '../api/resources.ts';
import type { EventRecorder } from '../events.ts';
import type { Storage } from '../storage.ts';
import type { Addresses } from './addresses.ts';
import type { ContainerLog } from './container-log.ts';
import { createContainer, type Container, type Pace } from './container.ts';
import { environmentOf } from './environment.ts';

export interface PodDeps {
  registry: Registry;
  storage: Storage;
  events: EventRecorder;
  addresses: Addresses;
  clock: Clock;
  pace: Pace;
}

export interface RunningPod {
  start(): void;
  /** Ends its containers within the grace period, then removes the object. */
  terminate(graceSeconds: number): void;
  /** Ends it at once: the object is gone, or the sandbox stops. */
  kill(): void;
  log(container: string, previous: boolean): ContainerLog | undefined;
}

export function createPod(deps: PodDeps, pod: KubeObject): RunningPod {
  const { registry, storage, events, addresses, clock, pace } = deps;
  const { name, namespace = '', uid } = pod.metadata;
  const address = addresses.take();
  const startTime = timestamp(clock.now());
  const conditionTimes = new Map<string, { status: string; since: string }>();
  let reporting = false;
  let killed = false;
  let terminating = false;
  let hasAddress = false;
  let cancelStart = () => {};

  const containersOf = (specs: KubeObject[] | undefined, init: boolean): Container[] =>
    (specs ?? []).map(spec =>
      createContainer({
        spec,
        init,
        restarts: init && pod.spec.restartPolicy === 'Always' ? 'OnFailure' : pod.spec.restartPolicy,
        environment: () => environmentOf(storage, pod, spec, address),
        listen: (server, port) => addresses.listen(server, address, port),
        target: {
          resolve(port) {
            const ports = (spec.ports ?? []) as { name?: string; containerPort: number }[];
            return addresses.endpoint(
              address,
              typeof port === 'number' ? port : (ports.find(candidate => candidate.name === port)?.containerPort ?? 1),
            );
          },
        },
        clock,
        pace,
        changed: () => onChange(),
        event: (type, reason, message) => events.record(pod, 'kubelet', type, reason, message),
      }),
    );
  const inits = containersOf(pod.spec.initContainers, true);
  const mains = containersOf(pod.spec.containers, false);
  let nextInit = 0;
  let mainsStarted = false;

  function advance() {
    if (mainsStarted || terminating || killed) return;
    while (nextInit < inits.length && inits[nextInit]?.outcome() === 'succeeded') {
      nextInit++;
      inits[nextInit]?.start();
    }
    if (nextInit < inits.length) return;
    mainsStarted = true;
    for (const container of mains) container.start();
  }

  function onChange() {
    report();
    if (hasAddress) advance();
  }

  /** Writes the status once per turn of the event loop, however many changes led to it. */
  function report() {
    if (reporting) return;
    reporting = true;
    setImmediate(() => {
      reporting = false;
      if (!killed) writeStatus();
    });
  }

  function writeStatus() {
    const known = storage.get(resources.pods, namespace, name);
    if (known?.metadata.uid !== uid) return;
    registry.change(resources.pods, namespace, name, object => ({ ...object, status: statusOf(object) }), { subresource: 'status' });
  }

  function phase(): string {
    const outcomes = mains.map(container => container.outcome());
    if (inits.some(container => container.outcome() === 'failed')) return 'Failed';
    if (
      terminating &&
      mainsStarted &&
      !mains.some(container => container.isRunning()) &&
      outcomes.every(outcome => outcome === 'succeeded')
    )
      return 'Succeeded';
    if (outcomes.every(outcome => outcome !== undefined)) return outcomes.includes('failed') ? 'Failed' : 'Succeeded';
    return mains.every(container => container.log(false) !== undefined) ? 'Running' : 'Pending';
  }

  function condition(object: KubeObject, type: string, holds: boolean, reason: string, message = '') {
    const status = holds ? 'True' : 'False';
    let known = conditionTimes.get(type);
    if (known?.status !== status) conditionTimes.set(type, (known = { status, since: timestamp(clock.now()) }));
    const why = holds ? {} : { reason, ...(message ? { message } : {}) };
    return { type, observedGeneration: object.metadata.generation, status, lastProbeTime: null, lastTransitionTime: known.since, ...why };
  }

  function statusOf(object: KubeObject): Record<string, unknown> {
    const current = phase();
    const unready = mains.filter(container => !container.isReady()).map(container => container.name);
    const initialized = nextInit >= inits.length && hasAddress;
    const finished = current === 'Succeeded' || current === 'Failed';
    const reason = current === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady';
    const message = finished ? '' : `containers with unready status: [${unready.join(' ')}]`;
    const gates = ((object.spec.readinessGates ?? []) as { conditionType: string }[]).map(gate => gate.conditionType);
    const foreign = ((object.status?.conditions ?? []) as { type: string; status: string }[]).filter(
      ({ type }) => !ownConditions.has(type),
    );
    const gated = gates.every(gate => foreign.some(({ type, status }) => type === gate && status === 'True'));
    const allReady = unready.length === 0;
    return {
      observedGeneration: object.metadata.generation,
      phase: current,
      conditions: [
        ...foreign,
        condition(object, 'PodReadyToStartContainers', hasAddress, 'PodNotReadyToStart'),
        condition(object, 'Initialized', initialized, 'ContainersNotInitialized'),
        condition(object, 'Ready', allReady && gated, allReady ? 'ReadinessGatesNotReady' : reason, allReady ? '' : message),
        condition(object, 'ContainersReady', allReady, reason, message),
        condition(object, 'PodScheduled', true, ''),
      ],
      hostIP: '127.0.0.1',
      hostIPs: [{ ip: '127.0.0.1' }],
      ...(hasAddress ? { podIP: address, podIPs: [{ ip: address }] } : {}),
      startTime,
      ...(inits.length > 0 ? { initContainerStatuses: inits.map(container => container.status()) } : {}),
      containerStatuses: mains.map(container => container.status()),
      qosClass: 'BestEffort',
    };
  }

  async function end(graceSeconds: number) {
    await Promise.all([...inits, ...mains].map(container => container.stop(graceSeconds * 1000)));
    if (killed) return;
    writeStatus();
    try {
      registry.remove(resources.pods, namespace, name, { gracePeriodSeconds: 0, ...(uid ? { preconditions: { uid } } : {}) });
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
    }
  }

  return {
    start() {
      report();
      cancelStart = clock.after(pace.startMs, () => {
        hasAddress = true;
        inits[0]?.start();
        onChange();
      });
    },
    terminate(graceSeconds) {
      if (terminating) return;
      terminating = true;
      cancelStart();
      void end(graceSeconds);
    },
    kill() {
      killed = true;
      cancelStart();
      for (const container of [...inits, ...mains]) void container.stop(0);
    },
    log: (container, previous) => [...inits, ...mains].find(candidate => candidate.name === container)?.log(previous),
  };
}

const ownConditions = new Set(['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']);
