/** helm, kubectl and shell scripts as a user runs them, against the cluster of KUBECONFIG. */

import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { kubeTool } from '../../deploy/tools/kube-tools.ts';
import { within } from './wait.ts';

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs to the end; a code other than 0 is an answer, not an error. */
export async function run(program: string, args: string[], env: Record<string, string> = {}): Promise<Said> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, {
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
      timeout: 300_000,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '', message } = error as Error & { code?: number | string; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : 1, stdout, stderr: stderr || message };
  }
}

/** The same, but rejects with what it said unless the code is 0. */
export async function must(program: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, env);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr || stdout}`);
  return stdout;
}

export const kubectl = async (...args: string[]): Promise<string> => must(await kubeTool('kubectl'), args);
export const helm = async (...args: string[]): Promise<string> => must(await kubeTool('helm'), args);

/** A loopback address that leads to a Service of the cluster. */
export async function forwardTo(namespace: string, service: string): Promise<{ url: string; stop(): void }> {
  const child = spawn(await kubeTool('kubectl'), ['-n', namespace, 'port-forward', `service/${service}`, ':8000'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const port = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('exit', code => reject(new Error(`port-forward ended with ${code}: ${said}`)));
  });
  return { url: await within('kubectl forwards a port', 20_000, url), stop: () => void child.kill() };
}
