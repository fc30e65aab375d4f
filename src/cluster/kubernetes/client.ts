/** The port `Cluster` over the Kubernetes API: raw JSON in and out, every object untouched. */

import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { ClusterError, type CallOptions, type Cluster } from '../cluster.ts';
import { refOf, type KubeObject } from '../objects.ts';
import { createCaller, type Call, type Caller, type CallerDeps } from './caller.ts';
import type { ClusterConnection } from './connection.ts';
import { errorOf, parseStatus } from './errors.ts';
import { defaultTimings, type Timings } from './list-watch.ts';
import { createMirrors, type Mirrors } from './mirrors.ts';
import { creationPath, objectPath, podLogPath, podProxyPath } from './paths.ts';
import { listAll, parseJson } from './reads.ts';
import { createServerClock } from './server-clock.ts';
import { createTransport, type HttpAnswer } from './transport.ts';

export interface ClusterOptions extends ClusterConnection {
  clock: Clock;
  log: Logger;
  /** For each call, its repetitions included. Must leave room in the lease for the fence (PROTOCOL section 2). */
  requestTimeoutMs?: number;
  /** At most so many connections for requests; each watch has one of its own beside them. */
  connections?: number;
  /** Ours, for the User-Agent. It also names the field manager of what we write. */
  version?: string;
  /** The fence. Called synchronously just before a mutating request is written to its connection; a throw (ClusterError NOT_SENT) keeps it from being sent. */
  beforeMutation?: () => void;
  /** Called once for each request that went over the wire, or failed to. */
  onRequest?: CallerDeps['onRequest'];
  timings?: Partial<Timings>;
  random?: () => number;
}

const defaultRequestTimeoutMs = 5_000;
const maxPodAnswerBytes = 64 * 1024;
const maxLogBytes = 1024 * 1024;

/** Sends nothing by itself. `close` ends everything that is under way and leaves no handle. */
export function createCluster(options: ClusterOptions): Cluster {
  const { clock, log, random = Math.random } = options;
  const serverClock = createServerClock();
  const transport = createTransport({
    connection: options,
    clock,
    ...(options.connections === undefined ? {} : { connections: options.connections }),
  });
  const caller = createCaller({
    transport,
    credentials: options.credentials,
    clock,
    serverClock,
    userAgent: `teal/${options.version ?? 'dev'}`,
    requestTimeoutMs: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
    onDoubt: () => mirrors.doubt(),
    random,
    ...(options.beforeMutation ? { beforeMutation: options.beforeMutation } : {}),
    ...(options.onRequest ? { onRequest: options.onRequest } : {}),
  });
  const mirrors: Mirrors = createMirrors({ caller, clock, log, timings: { ...defaultTimings, ...options.timings }, random });

  return {
    ...objectCalls(caller),
    ...podCalls(caller, clock),
    list: async (kind, namespace, selector = {}, callOptions) => (await listAll(caller, kind, namespace, selector, callOptions)).objects,
    mirror: (kind, namespace, selector = {}) => mirrors.open(kind, namespace, selector),
    time: () => serverClock.time(clock.monotonic()),
    ...serverCalls(caller),
    async close() {
      await mirrors.close();
      await transport.close();
    },
  };
}

/** What concerns the API server itself. */
function serverCalls(caller: Caller): Pick<Cluster, 'ping' | 'version' | 'mayI'> {
  const asked = () => caller.call({ method: 'GET', path: '/version', mutates: false });
  return {
    async ping() {
      await asked();
    },
    async version() {
      const { gitVersion } = parseJson<{ gitVersion?: unknown }>(await asked(), false);
      return typeof gitVersion === 'string' ? gitVersion : 'unknown';
    },
    async mayI({ verb, group, resource: path }, namespace, options) {
      const [resource = '', subresource] = path.split('/');
      const resourceAttributes = { namespace, verb, group, resource, ...(subresource === undefined ? {} : { subresource }) };
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      };
      const call: Call = { method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body, mutates: false };
      const { status } = parseJson<{ status?: { allowed?: boolean } }>(await caller.call(call, options), false);
      return status?.allowed === true;
    },
  };
}

/** Reports what the server warned about. */
function heard(answer: HttpAnswer, options: CallOptions | undefined): HttpAnswer {
  const warnings = warningsOf(answer);
  if (warnings.length > 0) options?.onWarnings?.(warnings);
  return answer;
}

function objectCalls(caller: Caller): Pick<Cluster, 'read' | 'create' | 'replace' | 'remove' | 'dryRun'> {
  const creation = (object: KubeObject, query: Record<string, string>, mutates: boolean): Call => ({
    method: 'POST',
    path: creationPath(refOf(object)),
    query: { fieldValidation: 'Warn', ...query },
    body: object,
    mutates,
  });
  return {
    async read(ref, options) {
      try {
        return parseJson<KubeObject>(await caller.call({ method: 'GET', path: objectPath(ref), mutates: false }, options), false);
      } catch (error) {
        if (error instanceof ClusterError && error.code === 'NOT_FOUND') return undefined;
        throw error;
      }
    },
    create: async (object, options) => parseJson(heard(await caller.call(creation(object, {}, true), options), options), true),
    async replace(object, options) {
      if (!object.metadata.resourceVersion)
        throw new ClusterError('BAD_REQUEST', 'an update must carry the resourceVersion that it is based on');
      const call: Call = {
        method: 'PUT',
        path: objectPath(refOf(object)),
        query: { fieldValidation: 'Warn' },
        body: object,
        mutates: true,
      };
      return parseJson(heard(await caller.call(call, options), options), true);
    },
    async remove(ref, { uid, resourceVersion }, propagation, options) {
      if (!uid || !resourceVersion)
        throw new ClusterError('BAD_REQUEST', 'a delete must carry the uid and resourceVersion that it is meant for');
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: propagation, preconditions: { uid, resourceVersion } };
      const answer = parseJson<KubeObject>(
        await caller.call({ method: 'DELETE', path: objectPath(ref), body, mutates: true }, options),
        true,
      );
      return isKept(answer) ? answer : undefined;
    },
    dryRun: async (object, options) => warningsOf(await caller.call(creation(object, { dryRun: 'All' }, false), options)),
  };
}

/** The API server answers a delete with a Status or with the object, and the object may be gone for all that: only a finalizer or a grace period keeps it. */
function isKept({ kind, metadata }: KubeObject): boolean {
  const grace = (metadata as { deletionGracePeriodSeconds?: number }).deletionGracePeriodSeconds ?? 0;
  return kind !== 'Status' && metadata.deletionTimestamp !== undefined && ((metadata.finalizers?.length ?? 0) > 0 || grace > 0);
}

function podCalls(caller: Caller, clock: Clock): Pick<Cluster, 'podLog' | 'proxyToPod'> {
  return {
    async podLog(namespace, pod, { container, tailLines, previous }, options) {
      const query = {
        container,
        tailLines: tailLines?.toString(),
        previous: previous ? 'true' : undefined,
        limitBytes: String(maxLogBytes),
      };
      const answer = await caller.call(
        { method: 'GET', path: podLogPath(namespace, pod), query, mutates: false, accept: 'application/json, */*', maxBytes: maxLogBytes },
        options,
      );
      return answer.body.toString('utf8');
    },
    async proxyToPod({ namespace, pod, port, path, method, timeoutMs }) {
      const [target = '', ...rest] = podProxyPath(namespace, pod, port, path).split('?');
      const query = rest.join('?');
      const answer = await caller.attempt(
        { method, path: target, query, mutates: false, accept: '*/*', maxBytes: maxPodAnswerBytes },
        { timeoutMs },
      );
      // What the API server itself has to say about it (no such pod, no connection to it) comes as a Status; everything else is the pod's.
      if (answer.status >= 400 && parseStatus(answer.body))
        throw errorOf(answer, { text: `${method} ${target}`, mutates: false, now: clock.now() });
      return { status: answer.status, body: new TextDecoder().decode(answer.body, { stream: answer.body.length >= maxPodAnswerBytes }) };
    },
  };
}

/** Texts of the `Warning` headers (RFC 7234 section 5.5: `299 - "text"`). */
function warningsOf(answer: HttpAnswer): string[] {
  const header = answer.headers['warning'];
  const lines = header === undefined ? [] : Array.isArray(header) ? header : [header];
  return lines.flatMap(line => [...line.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1')));
}
