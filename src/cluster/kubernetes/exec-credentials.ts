/** Exec plugins of a kubeconfig (`client.authentication.k8s.io`): a command prints an ExecCredential; it is run again when that expires or was refused. */

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { ClusterConnection } from './connection.ts';
import { bearerHeaders, type Credentials, type Identity } from './credentials.ts';

export interface ExecSpec {
  apiVersion?: string;
  command?: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  installHint?: string;
  provideClusterInfo?: boolean;
}

interface ExecDeps {
  /** Directory of the kubeconfig file; a command with a slash counts from there. */
  directory: string;
  clock: Clock;
  cluster: Omit<ClusterConnection, 'credentials'>;
}

/** Plugins that ask a cloud for a token can be slow, but never this slow. */
const pluginTimeoutMs = 30_000;
/** A credential is given up a little before it ends, so that none ends on the way. */
const earlyMs = 5_000;

export function execCredentials(spec: ExecSpec, deps: ExecDeps): Credentials {
  let cached: { identity: Identity; expiresAt: number } | undefined;
  let running: Promise<Identity> | undefined;

  async function renew(): Promise<Identity> {
    const { identity, expiresAt } = parseCredential(await runPlugin(spec, deps), spec);
    cached = { identity, expiresAt };
    return identity;
  }

  return {
    current() {
      if (cached && deps.clock.now() < cached.expiresAt - earlyMs) return Promise.resolve(cached.identity);
      running ??= renew().finally(() => (running = undefined));
      return running;
    },
    refresh() {
      cached = undefined;
      return true;
    },
  };
}

function runPlugin(spec: ExecSpec, { directory, clock, cluster }: ExecDeps): Promise<string> {
  const { command } = spec;
  if (!command) throw new Error('the exec plugin of the kubeconfig names no command');
  const info = {
    apiVersion: spec.apiVersion ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false, ...(spec.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {}) },
  };
  const environment: NodeJS.ProcessEnv = { ...process.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  for (const { name, value } of spec.env ?? []) environment[name] = value;
  const program = /[/\\]/.test(command) ? resolve(directory, command) : command;

  return new Promise((done, fail) => {
    const child = spawn(program, spec.args ?? [], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let complaints = '';
    const stopTimer = clock.after(pluginTimeoutMs, () => {
      child.kill('SIGKILL');
      fail(new Error(`exec plugin ${command} did not answer within ${pluginTimeoutMs / 1000} s`));
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-500)));
    child.on('error', error => {
      stopTimer();
      fail(
        new Error(`exec plugin ${command} cannot be run: ${error.message}${spec.installHint ? `. ${spec.installHint}` : ''}`, {
          cause: error,
        }),
      );
    });
    child.on('close', code => {
      stopTimer();
      if (code === 0) done(output);
      else fail(new Error(`exec plugin ${command} ended with ${code ?? 'a signal'}: ${complaints.trim()}`));
    });
  });
}

const clusterInfo = (cluster: ExecDeps['cluster']) => ({
  server: cluster.server,
  ...(cluster.ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(cluster.ca).toString('base64') }),
  ...(cluster.skipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
  ...(cluster.tlsServerName === undefined ? {} : { 'tls-server-name': cluster.tlsServerName }),
});

/** The output is a credential; it never appears in an error. */
function parseCredential(output: string, spec: ExecSpec): { identity: Identity; expiresAt: number } {
  interface Printed {
    kind?: string;
    status?: { token?: string; clientCertificateData?: string; clientKeyData?: string; expirationTimestamp?: string };
  }
  let printed: Printed | null;
  try {
    printed = JSON.parse(output) as Printed | null;
  } catch {
    throw new Error(`exec plugin ${spec.command} printed something that is not JSON`);
  }
  const status = printed?.kind === 'ExecCredential' ? printed.status : undefined;
  const cert = status?.clientCertificateData;
  const key = status?.clientKeyData;
  if (!status?.token && !(cert && key))
    throw new Error(`exec plugin ${spec.command} printed no ExecCredential with a token or a certificate and key`);
  const expiresAt = status.expirationTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(status.expirationTimestamp);
  if (Number.isNaN(expiresAt)) throw new Error(`exec plugin ${spec.command} printed an expirationTimestamp that is not a time`);
  return {
    identity: { headers: status.token ? bearerHeaders(status.token) : {}, ...(cert && key ? { certificate: { cert, key } } : {}) },
    expiresAt,
  };
}
