/** The image of the app under load, built here and given to the test cluster. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const importer = join(here, '../../../shared/kube/image');

export interface AppImage {
  name: string;
  /** Whether it answers WebSockets and ends its connections in order. */
  own: boolean;
  /** Why it is not our own. */
  why?: string;
}

export function canBuildApp(): boolean {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function buildApp(binary: string): void {
  execFileSync('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', binary, '.'], {
    cwd: join(here, 'app'),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Falls back to the cluster's demo app, which has no WebSockets, where there is no Go or no way to import an image. */
export function appImage(): AppImage {
  if (!canBuildApp() || !existsSync(importer))
    return { name: 'demo-app:v1', own: false, why: 'no Go here, or no way to import an image: the demo app stands in, without WebSockets' };
  const dir = mkdtempSync(join(tmpdir(), 'teal-load-app-'));
  try {
    const binary = join(dir, 'load-app');
    buildApp(binary);
    execFileSync(importer, ['teal-load-app:2', '--file', `${binary}:/load-app`, '--entrypoint', '/load-app'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return { name: 'teal-load-app:2', own: true };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
