/** Probes of a container, as a kubelet runs them: httpGet and tcpSocket; exec and grpc probes pass. */

import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Clock } from '../../lib/clock.ts';

export interface ProbeSpec {
  httpGet?: { path?: string; port: number | string; httpHeaders?: { name: string; value: string }[] };
  tcpSocket?: { port: number | string };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  successThreshold?: number;
  failureThreshold?: number;
}

export interface ProbeTarget {
  /** Address and port that a port number or name of the container stands for. */
  resolve(port: number | string): { address: string; port: number };
}

export interface ProbeReport {
  passed: boolean;
  /** Why it failed, as the event of a kubelet says it. */
  message: string;
}

export function probeOnce(spec: ProbeSpec, target: ProbeTarget): Promise<ProbeReport> {
  const timeoutMs = (spec.timeoutSeconds ?? 1) * 1000;
  if (spec.httpGet) return probeHttp(spec.httpGet, target, timeoutMs);
  if (spec.tcpSocket) return probeTcp(spec.tcpSocket.port, target, timeoutMs);
  return Promise.resolve({ passed: true, message: '' });
}

function probeHttp(get: NonNullable<ProbeSpec['httpGet']>, target: ProbeTarget, timeoutMs: number): Promise<ProbeReport> {
  const { address, port } = target.resolve(get.port);
  const headers = Object.fromEntries((get.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  return new Promise(resolve => {
    const asked = httpRequest({
      host: address,
      port,
      path: get.path ?? '/',
      agent: false,
      headers: { 'user-agent': 'kube-probe/1.34', ...headers },
      timeout: timeoutMs,
    });
    asked.on('response', answer => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      resolve({ passed: status >= 200 && status < 400, message: `HTTP probe failed with statuscode: ${status}` });
    });
    asked.on('timeout', () => asked.destroy(new Error('context deadline exceeded')));
    asked.on('error', error => resolve({ passed: false, message: `Get "http://${address}:${port}${get.path ?? '/'}": ${error.message}` }));
    asked.end();
  });
}

function probeTcp(wanted: number | string, target: ProbeTarget, timeoutMs: number): Promise<ProbeReport> {
  const { address, port } = target.resolve(wanted);
  return new Promise(resolve => {
    const socket = connect({ host: address, port, timeout: timeoutMs });
    const end = (passed: boolean, message: string) => {
      socket.destroy();
      resolve({ passed, message });
    };
    socket.on('connect', () => end(true, ''));
    socket.on('timeout', () => end(false, `dial tcp ${address}:${port}: i/o timeout`));
    socket.on('error', error => end(false, error.message));
  });
}

/** Runs a probe again and again; `changed` hears each time a threshold is crossed, `failed` each failure. Returns the end of it. */
export function keepProbing(
  deps: { clock: Clock; spec: ProbeSpec; target: ProbeTarget; firstAfterMs: number },
  on: { changed: (passing: boolean) => void; failed: (message: string) => void },
): () => void {
  const { clock, spec, target } = deps;
  let ended = false;
  let cancel = () => {};
  let passing: boolean | undefined;
  let successes = 0;
  let failures = 0;
  const round = async () => {
    const report = await probeOnce(spec, target);
    if (ended) return;
    successes = report.passed ? successes + 1 : 0;
    failures = report.passed ? 0 : failures + 1;
    if (!report.passed) on.failed(report.message);
    const crossed = report.passed ? successes >= (spec.successThreshold ?? 1) : failures >= (spec.failureThreshold ?? 3);
    if (crossed && passing !== report.passed) {
      passing = report.passed;
      on.changed(passing);
    }
    if (!ended) schedule((spec.periodSeconds ?? 10) * 1000);
  };
  const schedule = (ms: number) => {
    cancel = clock.after(ms, () => void round());
  };
  schedule((spec.initialDelaySeconds ?? 0) * 1000 + deps.firstAfterMs);
  return () => {
    ended = true;
    cancel();
  };
}
