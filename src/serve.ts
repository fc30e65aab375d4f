/** The composition root: settings -> adapters -> engine -> HTTP and WebSocket. The only file that knows all rooms. */

import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { askProxy, createDiagnosis } from './about/index.ts';
import { createGate, createLimits } from './access/index.ts';
import { openCluster, openStore } from './adapters.ts';
import { createJournal } from './audit/index.ts';
import type { Cluster } from './cluster/cluster.ts';
import { routingWarnings } from './cluster/manifests/index.ts';
import type { Settings } from './config.ts';
import { createDescriptors, policyFaults, type Descriptor } from './descriptors/index.ts';
import { createAdopt, createApps, createDeployments, createDiff, createRepository, deploymentStreams } from './deployments/index.ts';
import { createEngine } from './deployments/run/engine.ts';
import { createEnvironment } from './environment/index.ts';
import { createDryRun } from './dry-run.ts';
import { watchForeignHosts } from './foreign-hosts.ts';
import { apiDocsPage } from './http/apidocs.ts';
import { createApp } from './http/app.ts';
import { dashboardPage } from './http/dashboard.ts';
import { createMetrics } from './http/metrics.ts';
import { listen } from './http/server.ts';
import type { Check } from './http/system.ts';
import { systemClock, type Clock } from './lib/clock.ts';
import { knowCredentials } from './known-credentials.ts';
import { createKnownSecrets, type KnownSecrets } from './lib/known-values.ts';
import { silentLogger, type Logger } from './lib/log.ts';
import { isLoopback } from './lib/loopback.ts';
import { createQuarantine } from './lib/stored-record.ts';
import { whyAway } from './lib/why-away.ts';
import { engineSettings, gateSettings, podPolicyOf, routingOf } from './room-settings.ts';
import { routeTable } from './route-table.ts';
import { createSockets } from './sockets/index.ts';
import { keys } from './store/keys.ts';
import type { Store } from './store/store.ts';
import { readVersion } from './version.ts';

export interface Running {
  /** `http://HOST:PORT` */
  url: string;
  /** Whether everybody who reaches it is let in. */
  anonymous: boolean;
  /** Hands over and ends within ten seconds; adapters that were given stay open. */
  stop(): Promise<void>;
}

/** What a test or the sandbox brings along instead of having it made from the settings. */
export interface Parts {
  clock?: Clock;
  log?: Logger;
  /** What the log hides; the server adds what it learns. */
  secrets?: KnownSecrets;
  store?: Store;
  cluster?: Cluster;
  /** Default true: metrics of the process itself. Tests that run many servers turn it off. */
  processMetrics?: boolean;
}

/** Says what is wrong with what the user asked for, in words meant for them. */
export class StartError extends Error {}

/** Why this must not be served to others; undefined = it may. */
export function whyUnsafe(settings: Settings): string | undefined {
  const authenticated = settings.jwtSecretFile ?? settings.jwtPublicKeyFile ?? settings.jwksUrl;
  if (authenticated !== undefined || settings.allowAnonymous || isLoopback(settings.host)) return undefined;
  return [
    `refusing to listen on ${settings.host}: anybody who reaches it could deploy, because no authentication is configured.`,
    'Give tokens a key (--jwt-secret-file, --jwt-public-key-file or --jwks-url), or say that everybody may:',
    `  teal serve --host ${settings.host} --port ${settings.port} --allow-anonymous`,
  ].join('\n');
}

/** Where the build leaves the dashboard, seen from the source as from what is built of it. */
const builtDashboard = new URL('../dist/dashboard/', import.meta.url);

/** Requests under way are cut after this. */
const answersWithinMs = 3000;

/** Resolves when it listens. Throws a StartError, or what an adapter throws. */
export async function startServer(settings: Settings, parts: Parts = {}): Promise<Running> {
  // Our timers keep no process alive, and while a connection is between two attempts nothing else may: it would end in the middle of its start, with 0.
  const starting = setInterval(() => undefined, 60_000);
  try {
    return await start(settings, parts);
  } finally {
    clearInterval(starting);
  }
}

async function start(settings: Settings, parts: Parts): Promise<Running> {
  const { clock = systemClock, log = silentLogger, secrets = createKnownSecrets() } = parts;
  const unsafe = whyUnsafe(settings);
  if (unsafe !== undefined) throw new StartError(unsafe);
  await knowCredentials(settings, secrets);
  const gate = await createGate(gateSettings(settings), { clock, log }).catch((error: unknown) => {
    throw new StartError((error as Error).message);
  });

  const closers: (() => Promise<void>)[] = [];
  try {
    const store = parts.store ?? (await opened(openStore(settings, clock, log), closers));
    const cluster = parts.cluster ?? (await opened(openCluster(settings, clock, log, secrets), closers));
    const installation = await installationOf(store).catch(async (error: unknown) => {
      // It knows better what is wrong.
      await store.ping();
      throw error;
    });
    const metrics = createMetrics({ process: parts.processMetrics ?? true });
    const stopping = new AbortController();
    setMaxListeners(0, stopping.signal);

    const routing = routingOf(settings);
    const podPolicy = podPolicyOf(settings);
    const policyFaultsOf = (descriptor: Descriptor) => policyFaults(podPolicy, descriptor);
    const quarantine = createQuarantine(log);
    const descriptors = createDescriptors({
      store,
      clock,
      quarantine,
      maxReplicas: settings.maxReplicas,
      maxDescriptors: settings.maxDescriptors,
      podPolicy,
      routingWarnings: spec => routingWarnings(spec, routing),
      dryRun: createDryRun({ cluster, store, routing, installation, secrets }),
    });

    const repository = createRepository({ store, clock, quarantine, hide: secrets.hide });
    const foreignHosts = watchForeignHosts({
      cluster,
      namespaces: settings.namespaces ?? [],
      installation,
      previewDomain: settings.previewDomain,
    });
    closers.unshift(() => foreignHosts.close());
    const deployments = createDeployments({
      store,
      cluster,
      clock,
      log,
      repository,
      findDescriptor: async (namespace, id) => (await descriptors.find(namespace, id))?.descriptor,
      warningsOf: descriptors.warningsOf,
      policyFaults: policyFaultsOf,
      foreignHosts: foreignHosts.find,
      keep: settings.keepDeployments,
      maxQueued: settings.maxQueued,
    });
    const journal = createJournal({ store, clock, log, keep: settings.keepAudit });
    const engine = createEngine({
      policyFaults: policyFaultsOf,
      secrets,
      foreignHosts: foreignHosts.find,
      store,
      repository,
      cluster,
      clock,
      log,
      quarantine,
      settings: engineSettings(settings, routing),
    });

    const apps = createApps({
      store,
      repository,
      clock,
      log,
      sight: engine.sight,
      time: () => cluster.time(),
      settings: { confirmSeconds: settings.confirm },
    });

    const version = await readVersion();
    const checks = readiness({ store, cluster, problems: () => (stopping.signal.aborted ? ['stopping'] : engine.problems()) });
    const about = {
      authentication: gate.enforced,
      served: settings.namespaces,
      namespaces: apps.namespaces,
      diagnose: createDiagnosis({
        cluster,
        clock,
        checks,
        ingressClass: settings.ingressClass,
        ...(settings.ingressAddress === undefined ? {} : { askProxy: askProxy(settings.ingressAddress) }),
        authentication: gate.enforced,
        loopback: isLoopback(settings.host),
        rights: {
          headers: (settings.ingressResponseHeaders ?? []).length > 0,
          middlewares: settings.ingressMiddlewares === 'crd',
        },
      }),
    };
    const diff = createDiff({ store, repository, cluster, sight: engine.sight, installation, routing, readDescriptor: descriptors.read });
    const adopt = createAdopt({
      store,
      repository,
      cluster,
      clock,
      installation,
      ingressClass: settings.ingressClass,
      helperKinds: settings.ingressMiddlewares === 'crd' ? ['ConfigMap', 'Middleware'] : ['ConfigMap'],
      descriptors,
    });
    const environment = createEnvironment({ store });
    const routes = routeTable({ about, adopt, apps, descriptors, deployments, diff, environment, journal, checks, metrics, version });
    const shared = {
      gate,
      limits: createLimits(settings, clock),
      namespaces: settings.namespaces,
      origin: { checkHost: !gate.enforced && isLoopback(settings.host), checkOrigin: !gate.enforced },
      log,
      hide: secrets.hide,
    };
    const pages = [await dashboardPage(builtDashboard), apiDocsPage()];
    const app = createApp({ ...shared, routes, metrics, audit: journal.record, stopping: stopping.signal, pages });
    // Pages elsewhere cannot know a token; but an upgrade is the one request of theirs that browsers do not guard, so it is not even tried.
    const sockets = createSockets({
      ...shared,
      origin: { ...shared.origin, checkOrigin: true },
      clock,
      streams: deploymentStreams({ deployments, now: () => clock.now() }),
    });

    metrics.count('teal_engine_decisions_total', 'Decisions that the engine has carried out', () => engine.counts.decisions);
    metrics.count('teal_engine_repairs_total', "Objects that were put back after others' hands", () => engine.counts.repairs);
    metrics.count('teal_audit_failures_total', 'Audit records that the store did not take', () => journal.counts.failed);
    metrics.count(
      'teal_audit_left_out_total',
      'Refusals beyond what one principal or address may leave in the audit',
      () => journal.counts.leftOut,
    );
    metrics.gauge('teal_records_quarantined', 'Stored records that were left alone because they cannot be believed', () => quarantine.size);
    metrics.gauge('teal_sockets_connected', 'WebSocket peers connected now', () => sockets.connected);

    await engine.start();
    closers.unshift(() => engine.stop());
    const listening = await listen(app.callback(), { host: settings.host, port: settings.port, clock });
    sockets.attach(listening.server);

    return {
      url: listening.url,
      anonymous: !gate.enforced,
      async stop() {
        stopping.abort(new Error('the server is stopping'));
        await Promise.all([sockets.close(), listening.close(answersWithinMs)]);
        await closeAll(closers, log);
      },
    };
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}

async function opened<T extends { close(): Promise<void> }>(opening: Promise<T>, closers: (() => Promise<void>)[]): Promise<T> {
  const resource = await opening;
  closers.unshift(() => resource.close());
  return resource;
}

async function closeAll(closers: (() => Promise<void>)[], log: Logger): Promise<void> {
  for (const close of closers) await close().catch((error: unknown) => log.warn('closing failed', { error: String(error) }));
}

function readiness({ store, cluster, problems }: { store: Store; cluster: Cluster; problems: () => string[] }): Check[] {
  const tell = (error: unknown) => Promise.reject(new Error(whyAway(error)));
  return [
    { name: 'store', run: () => store.ping().catch(tell) },
    { name: 'cluster', run: () => cluster.ping().catch(tell) },
    {
      name: 'engine',
      run() {
        const wrong = problems();
        return wrong.length === 0 ? Promise.resolve() : Promise.reject(new Error(wrong.join(', ')));
      },
    },
  ];
}

/** The id that this store's objects carry in the cluster; made with the store, once. */
async function installationOf(store: Store): Promise<string> {
  const made = randomUUID();
  const outcome = await store.transact({
    compare: [{ key: keys.installation, revision: 0 }],
    writes: [{ put: keys.installation, value: made }],
  });
  if (outcome.committed) return made;
  return (await store.get(keys.installation))?.value ?? made;
}
