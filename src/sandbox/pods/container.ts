/** One container of a pod: image, runs of its program, probes, restarts with back-off. */

import type { Server } from 'node:net';
import type { KubeObject } from '../../cluster/objects.ts';
import type { Clock } from '../../lib/clock.ts';
import { timestamp } from '../api/registry.ts';
import { createContainerLog, type ContainerLog } from './container-log.ts';
import { runDemoApp, type Program } from './demo-app.ts';
import type { Environment } from './environment.ts';
import { findImage, fullName } from './images.ts';
import { keepProbing, type ProbeSpec, type ProbeTarget } from './prober.ts';

export interface Pace {
  /** From scheduled to the first container started. */
  startMs: number;
  /** First back-off of a container that crashed again; doubles up to 5 minutes. A kubelet takes 10 s. */
  crashBackoffMs: number;
  /** From the first failed pull to the back-off state. */
  pullBackoffMs: number;
}

export interface ContainerDeps {
  spec: KubeObject;
  restarts: 'Always' | 'OnFailure' | 'Never';
  /** Init containers have no probes and are not restarted after success. */
  init: boolean;
  environment: () => Environment;
  listen: (server: Server, port: number) => Promise<void>;
  target: ProbeTarget;
  clock: Clock;
  pace: Pace;
  changed: () => void;
  event: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
}

type State =
  | { waiting: { reason: string; message?: string } }
  | { running: { startedAt: string } }
  | { terminated: { exitCode: number; reason: string; startedAt: string; finishedAt: string; containerID: string } };

export interface Container {
  readonly name: string;
  readonly spec: KubeObject;
  start(): void;
  /** Resolves when its program has ended: SIGTERM after the preStop pause, SIGKILL after the grace period. */
  stop(graceMs: number): Promise<void>;
  status(): KubeObject;
  isReady(): boolean;
  /** Ended for good: 'succeeded' or 'failed'; undefined while it runs or will run again. */
  outcome(): 'succeeded' | 'failed' | undefined;
  isRunning(): boolean;
  log(previous: boolean): ContainerLog | undefined;
}

const longestBackoffMs = 300_000;
const firstRestartMs = 50;

export function createContainer(deps: ContainerDeps): Container {
  const { spec, clock, pace, changed, event } = deps;
  const name = spec.name as string;
  const image = spec.image as string;
  let state: State = { waiting: { reason: deps.init ? 'PodInitializing' : 'ContainerCreating' } };
  let lastState: State | undefined;
  let restartCount = 0;
  let ready = false;
  let started = false;
  let stopped = false;
  let runs = 0;
  let program: Program | undefined;
  let current: ContainerLog | undefined;
  let before: ContainerLog | undefined;
  let cancelTimer = () => {};
  let stopProbes: (() => void)[] = [];
  let onExit = () => {};

  const now = () => timestamp(clock.now());
  const containerId = () => `sandbox://${name}-${runs}`;

  function become(next: State) {
    state = next;
    changed();
  }

  function start() {
    if (stopped) return;
    const found = findImage(image);
    if (!found.found) {
      failPull(found.reason, found.message);
      return;
    }
    const environment = deps.environment();
    if (!environment.ok) {
      event('Warning', 'Failed', `Error: ${environment.message}`);
      become({ waiting: { reason: 'CreateContainerConfigError', message: environment.message } });
      cancelTimer = clock.after(pace.crashBackoffMs, start);
      return;
    }
    if (runs === 0) event('Normal', 'Pulled', `Container image "${image}" already present on machine`);
    run({ VERSION: found.version, ...environment.env }, found.crashes);
  }

  function failPull(reason: string, message: string) {
    event('Warning', 'Failed', reason === 'InvalidImageName' ? `Error: InvalidImageName` : `Failed to pull image "${image}": ${message}`);
    become({ waiting: { reason, message } });
    if (reason !== 'ErrImagePull') return;
    event('Warning', 'Failed', 'Error: ErrImagePull');
    cancelTimer = clock.after(pace.pullBackoffMs, () => {
      event('Normal', 'BackOff', `Back-off pulling image "${image}"`);
      become({ waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ErrImagePull: ${message}` } });
    });
  }

  function run(env: Record<string, string>, crashes: boolean) {
    runs++;
    before = current ?? before;
    const log = (current = createContainerLog(() => clock.now()));
    const startedAt = now();
    event('Normal', 'Created', `Created container: ${name}`);
    event('Normal', 'Started', `Started container ${name}`);
    let ended = false;
    program = runDemoApp({
      env,
      args: [...((spec.command ?? []) as string[]), ...((spec.args ?? []) as string[])],
      crashes,
      listen: deps.listen,
      print: line => log.append(line),
      clock,
      exited(code) {
        ended = true;
        log.end();
        ranOut(code, startedAt);
      },
    });
    if (ended) return;
    state = { running: { startedAt } };
    started = !spec.startupProbe;
    ready = started && !spec.readinessProbe;
    if (spec.startupProbe && !deps.init) awaitStartup();
    else if (!deps.init) beginProbes();
    changed();
  }

  const probe = (probeSpec: ProbeSpec, kind: string, onChange: (passing: boolean) => void) => {
    const failed = (message: string) => event('Warning', 'Unhealthy', `${kind} probe failed: ${message}`);
    stopProbes.push(keepProbing({ clock, spec: probeSpec, target: deps.target, firstAfterMs: 10 }, { changed: onChange, failed }));
  };

  function awaitStartup() {
    probe(spec.startupProbe as ProbeSpec, 'Startup', passing => {
      if (!passing) {
        restart('Startup');
        return;
      }
      started = true;
      endProbes();
      ready = !spec.readinessProbe;
      beginProbes();
      changed();
    });
  }

  function beginProbes() {
    if (spec.readinessProbe) {
      probe(spec.readinessProbe as ProbeSpec, 'Readiness', passing => {
        ready = passing;
        changed();
      });
    }
    if (spec.livenessProbe) probe(spec.livenessProbe as ProbeSpec, 'Liveness', passing => !passing && restart('Liveness'));
  }

  function restart(kind: string) {
    if (stopped) return;
    event('Normal', 'Killing', `Container ${name} failed ${kind.toLowerCase()} probe, will be restarted`);
    endProbes();
    program?.terminate();
  }

  function endProbes() {
    for (const end of stopProbes) end();
    stopProbes = [];
  }

  function ranOut(exitCode: number, startedAt: string) {
    endProbes();
    program = undefined;
    ready = false;
    started = false;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const terminated: State = { terminated: { exitCode, reason, startedAt, finishedAt: now(), containerID: containerId() } };
    become(terminated);
    onExit();
    if (stopped || outcome() !== undefined) return;
    const again = () => {
      lastState = terminated;
      restartCount++;
      start();
    };
    if (restartCount === 0) {
      cancelTimer = clock.after(firstRestartMs, again);
      return;
    }
    const backoffMs = Math.min(pace.crashBackoffMs * 2 ** (restartCount - 1), longestBackoffMs);
    cancelTimer = clock.after(firstRestartMs, () => {
      lastState = terminated;
      event('Warning', 'BackOff', `Back-off restarting failed container ${name} in pod`);
      become({ waiting: { reason: 'CrashLoopBackOff', message: `back-off ${backoffMs / 1000}s restarting failed container=${name}` } });
      cancelTimer = clock.after(backoffMs, again);
    });
  }

  function outcome() {
    if (!('terminated' in state)) return undefined;
    const succeeded = state.terminated.exitCode === 0;
    if (deps.init && succeeded) return 'succeeded';
    if (deps.restarts === 'Always' || (deps.restarts === 'OnFailure' && !succeeded)) return undefined;
    return succeeded ? 'succeeded' : 'failed';
  }

  function stop(graceMs: number): Promise<void> {
    if (stopped) {
      if (graceMs === 0) program?.kill();
      return Promise.resolve();
    }
    stopped = true;
    cancelTimer();
    const running = program;
    if (!running) return Promise.resolve();
    event('Normal', 'Killing', `Stopping container ${name}`);
    return new Promise(resolve => {
      const cancels = [clock.after(preStopMs(spec), () => running.terminate()), clock.after(graceMs, () => running.kill())];
      onExit = () => {
        for (const cancel of cancels) cancel();
        resolve();
      };
    });
  }

  return {
    name,
    spec,
    start,
    stop,
    outcome,
    isReady: () => ready,
    isRunning: () => 'running' in state,
    // In a back-off the last run is already the previous one.
    log: previous => (previous && !('waiting' in state && lastState) ? before : current),
    status: () =>
      ({
        name,
        state,
        lastState: lastState ?? {},
        ready: deps.init ? outcome() === 'succeeded' : ready,
        restartCount,
        image: fullName(image),
        imageID: runs > 0 ? `sandbox-image://${image}` : '',
        ...(runs > 0 ? { containerID: containerId() } : {}),
        started,
      }) as unknown as KubeObject,
  };
}

/** Pauses of the forms that people use: `sleep: {seconds}` and exec of `sleep N`, also inside a shell. */
function preStopMs(spec: KubeObject): number {
  const hook = spec.lifecycle?.preStop;
  if (hook?.sleep) return Number(hook.sleep.seconds) * 1000;
  const match = /\bsleep\s+(\d+(?:\.\d+)?)/.exec(((hook?.exec?.command ?? []) as string[]).join(' '));
  return match ? Number(match[1]) * 1000 : 0;
}
