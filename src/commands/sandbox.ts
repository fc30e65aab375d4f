/** `teal sandbox`: the server with a simulated cluster in the same process. It never looks at a kubeconfig. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../config.ts';
import { systemClock } from '../lib/clock.ts';
import { createKnownSecrets, type KnownSecrets } from '../lib/known-values.ts';
import type { Logger } from '../lib/log.ts';
import { startServer, StartError, type Running } from '../serve.ts';
import { explain } from './serve.ts';
import { untilEnded } from './lifetime.ts';
import { loggerOf, settingsFor, type Environment } from './settings.ts';

interface World {
  server: Running;
  proxyUrl: string;
  apiUrl: string;
  stop(): Promise<void>;
}

export async function runSandbox(argv: string[], env: Environment): Promise<number> {
  const loaded = settingsFor(argv, env, 'sandbox');
  if (loaded === undefined) return 2;
  // A setting that would reach for a real cluster is a mistake here, not something to pass over.
  const foreign = (['kubeconfig', 'kubernetes', 'context'] as const).filter(name => loaded.sources[name] === 'flag');
  if (foreign.length > 0) {
    process.stderr.write(`teal: the sandbox brings its own cluster and does not take --${foreign.join(', --')}; use teal serve\n`);
    return 2;
  }
  // Only what the user says for this run counts as a wish for a real directory; the sandbox leaves nothing behind otherwise.
  const temporary = loaded.sources.dataDir === 'default' ? await mkdtemp(join(tmpdir(), 'teal-sandbox-')) : undefined;
  const secrets = createKnownSecrets();
  const logLevel = loaded.sources.logLevel === 'default' ? 'warn' : loaded.settings.logLevel;
  const log = loggerOf({ ...loaded.settings, logLevel }, secrets.hide);
  let world: World;
  try {
    const wished = (['sandboxApiPort', 'sandboxProxyPort'] as const).some(name => loaded.sources[name] !== 'default');
    world = await startWorld({ ...loaded.settings, dataDir: temporary ?? loaded.settings.dataDir }, { log, secrets, otherPorts: !wished });
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    return explain(error, log, secrets.hide);
  }
  process.stdout.write(introduction(world));
  return untilEnded(async () => {
    await world.stop();
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }, log);
}

interface WorldParts {
  log: Logger;
  secrets: KnownSecrets;
  /** Whether others do where the ports of API server and proxy are taken: not where somebody asked for these. */
  otherPorts: boolean;
}

async function startWorld(settings: Settings, { log, secrets, otherPorts }: WorldParts): Promise<World> {
  const { startSandbox } = await import('../sandbox/index.ts');
  const start = (apiPort: number, proxyPort: number) => startSandbox({ host: '127.0.0.1', apiPort, proxyPort, clock: systemClock, log });
  const sandbox = await start(settings.sandboxApiPort, settings.sandboxProxyPort).catch((error: unknown) => {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    if (code !== 'EADDRINUSE') throw error;
    if (otherPorts) return start(0, 0);
    const how = 'choose another with --sandbox-api-port or --sandbox-proxy-port, or 0 for a free one';
    throw new StartError(`port ${String(port)} is in use; ${how}`);
  });
  try {
    const cluster = {
      kubernetes: sandbox.apiUrl,
      ingressAddress: sandbox.proxyUrl,
      kubeconfig: undefined,
      context: undefined,
      healthVia: 'api-proxy',
    } as const;
    const server = await startServer({ ...settings, ...cluster }, { log, secrets });
    return {
      server,
      apiUrl: sandbox.apiUrl,
      proxyUrl: sandbox.proxyUrl,
      async stop() {
        await server.stop();
        await sandbox.stop();
      },
    };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

/** Commands that work as they stand, in a shell that has curl and nothing else. */
export function introduction({ server, proxyUrl, apiUrl }: Pick<World, 'server' | 'proxyUrl' | 'apiUrl'>): string {
  const descriptor = (image: string) =>
    JSON.stringify({
      appName: 'demo',
      newVersion: '#',
      replicas: 2,
      frontend: 'demo.localhost',
      useHealthCheck: true,
      healthCheckPath: 'health',
      healthCheckType: 'probe',
      injectPreStop: true,
      podspec: { containers: [{ name: 'demo', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
    });
  const elsewhere = server.url === 'http://127.0.0.1:8000' ? '' : `  export TEAL_SERVER=${server.url}\n`;
  const steps = `${elsewhere}  teal() { npm run -s teal -- "$@"; }
  teal init demo --image demo-app:v1 --host demo.localhost --health health > app.yaml
  teal deploy -f app.yaml
  teal deploy demo --set image=demo-app:v2
  teal status demo -w
  teal rollback demo
  teal help
`;
  return `
teal sandbox listening on ${server.url}
  dashboard  ${server.url}/
  API docs   ${server.url}/apidocs/
  cluster    ${apiUrl}  (kubectl --server ${apiUrl} get pods)
  proxy      ${proxyUrl}

Try it, in another terminal of this checkout:

${steps}
The same with curl:

  TEAL=${server.url}
  # 1. say what to run, and run it
  D=$(curl -s -D- -o/dev/null "$TEAL/descriptors/?namespace=default" --data '${descriptor('demo-app:v1')}' | sed -n 's/^Location: //p' | tr -d '\\r')
  ID=\${D#/descriptors/}; ID=\${ID%%/*}
  L=$(curl -s -D- -o/dev/null -X POST "$TEAL/deployments/?namespace=default&descriptorId=$ID" | sed -n 's/^Location: //p' | tr -d '\\r')
  curl -s "$TEAL$L&wait=60s&until=deployed" | grep '"status"'
  curl -s -H 'Host: demo.localhost' ${proxyUrl}/

  # 2. watch the traffic in a third terminal
  while sleep 0.2; do curl -s -H 'Host: demo.localhost' ${proxyUrl}/; done

  # 3. the second version: the same descriptor with another image, and its log while it is deployed
  L=$(curl -s -D- -o/dev/null "$TEAL/deployments/?namespace=default&descriptorId=$ID" --data '{"images":{"demo":"demo-app:v2"}}' | sed -n 's/^Location: //p' | tr -d '\\r')
  curl -sN "$TEAL$(echo "$L" | sed 's,/?,/logs?,')&follow=true"
  curl -s -H 'Host: demo.localhost' ${proxyUrl}/

Ctrl-C ends it.
`;
}
