/** An earlier commit of this repository, beside the one under test. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface OlderBuild {
  /** Arguments of node that run it. */
  command: string[];
  env: Record<string, string>;
  remove(): void;
}

/** Why there is no such commit here, or undefined. A clone without history has none. */
export function whyNoCommit(commit: string): string | undefined {
  try {
    execFileSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root, stdio: 'ignore' });
    return undefined;
  } catch {
    return `this clone has no commit ${commit.slice(0, 7)}`;
  }
}

/** With the libraries of today: what is asked is whether two programs of ours understand each other. */
export function checkOut(commit: string): OlderBuild {
  const dir = mkdtempSync(join(tmpdir(), 'teal-older-'));
  const remove = () => rmSync(dir, { recursive: true, force: true });
  try {
    const archive = execFileSync('git', ['archive', commit, 'src', 'api', 'tsconfig.json', 'package.json'], {
      cwd: root,
      maxBuffer: 100_000_000,
    });
    execFileSync('tar', ['-x', '-C', dir], { input: archive });
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
    return {
      command: ['--import', 'tsx', join(dir, 'src/main.ts'), 'serve'],
      env: { TSX_TSCONFIG_PATH: join(dir, 'tsconfig.json') },
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}
