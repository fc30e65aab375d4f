/** Renders deploy/manifests/ from the Helm chart; with --check it only says whether the committed files are what it would write. */

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kubeTool, toolsRunHere } from './tools/kube-tools.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const head = (about: string[]) =>
  [...about, 'Rendered from deploy/chart by `npm run manifests`; change the chart, not this file.'].map(line => `# ${line}\n`).join('');

const variants = [
  {
    file: 'manifests/teal-embedded.yaml',
    about: [
      'Teal with its embedded store on a volume: one replica, deploys to its own namespace.',
      'First: kubectl create namespace teal',
      '       kubectl -n teal create secret generic teal-jwt --from-literal=secret="$(openssl rand -hex 32)"',
    ],
    values: ['auth.jwtSecret=teal-jwt'],
  },
  {
    file: 'manifests/teal-etcd.yaml',
    about: [
      'Teal with etcd: two replicas, deploys to its own namespace. Put the endpoints of your etcd in.',
      'First: kubectl create namespace teal',
      '       kubectl -n teal create secret generic teal-jwt --from-literal=secret="$(openssl rand -hex 32)"',
    ],
    values: ['auth.jwtSecret=teal-jwt', 'replicas=2', 'store.kind=etcd', 'store.etcd.endpoints={http://etcd:2379}'],
  },
];

/** The chart's objects as text; the remark on where each came from stays, the mark of Helm as their manager goes. */
async function render(helm: string, values: string[]): Promise<string> {
  const sets = values.flatMap(value => ['--set', value]);
  const { stdout } = await promisify(execFile)(helm, ['template', 'teal', here('chart'), '--namespace', 'teal', ...sets]);
  return stdout
    .split('\n')
    .filter(line => !/^\s+(app\.kubernetes\.io\/managed-by: Helm|helm\.sh\/chart: .*)$/.test(line))
    .join('\n');
}

async function main(check: boolean): Promise<number> {
  if (!toolsRunHere()) {
    console.log('helm is here for Linux on amd64 only');
    return 77;
  }
  const helm = await kubeTool('helm');
  let old = 0;
  for (const { file, about, values } of variants) {
    const wanted = head(about) + (await render(helm, values));
    const path = here(file);
    if (wanted === (await readFile(path, 'utf8').catch(() => ''))) continue;
    old++;
    if (check) console.error(`deploy/${file} is not what the chart renders: run npm run manifests`);
    else await writeFile(path, wanted);
  }
  return check && old > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.includes('--check'));
