/** The house rules bite: each forbidden import and each impurity of plan/ is reported, and what is allowed is not. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { ESLint } from 'eslint';
import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('../..', import.meta.url));

const eslint = new ESLint({ cwd: root });

async function rulesBroken(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: join(root, file) });
  return result!.messages.map(message => (message.fatal ? message.message : (message.ruleId ?? message.message)));
}

const forbidden: [title: string, file: string, imported: string][] = [
  ['lib imports nothing of ours', 'src/lib/x.ts', '../store/store.ts'],
  ['lib imports no feature', 'src/lib/x.ts', '../descriptors/index.ts'],
  ['a feature does not import an adapter of the store', 'src/descriptors/x.ts', '../store/embedded/index.ts'],
  ['a feature does not import etcd', 'src/deployments/x.ts', '../store/etcd/index.ts'],
  ['a feature does not import the Kubernetes client', 'src/deployments/run/x.ts', '../../cluster/kubernetes/index.ts'],
  ["a feature does not import another feature's inside", 'src/descriptors/x.ts', '../deployments/repository.ts'],
  ['a use case does not import the http toolkit', 'src/descriptors/x.ts', '../http/index.ts'],
  ['a port does not import its adapter', 'src/store/x.ts', './embedded/index.ts'],
  ['an adapter does not import a feature', 'src/store/embedded/x.ts', '../../descriptors/index.ts'],
  ['an adapter does not import another adapter', 'src/store/embedded/x.ts', '../etcd/index.ts'],
  ['rendering does not import a port', 'src/cluster/manifests/x.ts', '../cluster.ts'],
  ["rendering does not import a feature's inside", 'src/cluster/manifests/x.ts', '../../descriptors/descriptor.ts'],
  ['plan imports no port of the store', 'src/deployments/plan/x.ts', '../../store/store.ts'],
  ['plan imports no port of the cluster', 'src/deployments/plan/x.ts', '../../cluster/cluster.ts'],
  ['plan imports no clock', 'src/deployments/plan/x.ts', '../../lib/clock.ts'],
  ['plan imports no id maker', 'src/deployments/plan/x.ts', '../../lib/ids.ts'],
  ['plan imports no access rules', 'src/deployments/plan/x.ts', '../../access/index.ts'],
  ['nobody imports serve.ts', 'src/deployments/x.ts', '../serve.ts'],
  ['nobody imports main.ts', 'src/commands/x.ts', '../main.ts'],
  ["a feature does not import serve.ts's parts", 'src/descriptors/x.ts', '../dry-run.ts'],
  ['a command does not construct an adapter', 'src/commands/x.ts', '../store/embedded/index.ts'],
  ['a command does not import a feature', 'src/commands/x.ts', '../deployments/index.ts'],
  ['main.ts does nothing but hand over to a command', 'src/main.ts', './serve.ts'],
  ['nobody imports a command', 'src/deployments/x.ts', '../commands/index.ts'],
  ['the command line does not import a feature', 'src/cli/x.ts', '../deployments/index.ts'],
  ['the server does not know the types that were made of its document', 'src/deployments/x.ts', '../contract/api.ts'],
  ['the sandbox does not import a feature', 'src/sandbox/x.ts', '../deployments/index.ts'],
  ['the program does not import test suites', 'src/deployments/x.ts', '../../integration/contracts/house.test.ts'],
];

const allowed: [title: string, file: string, code: string][] = [
  ['a feature imports the port of the store', 'src/descriptors/x.ts', "import type { Store } from '../store/store.ts';"],
  ["a feature imports another feature's front door", 'src/deployments/x.ts', "import type { Descriptor } from '../descriptors/index.ts';"],
  ['routes import the http toolkit', 'src/descriptors/routes.ts', "import type { Route } from '../http/index.ts';"],
  ['plan imports the record', 'src/deployments/plan/x.ts', "import type { Phase } from '../record.ts';"],
  ['plan reads a time that it is given', 'src/deployments/plan/x.ts', 'export const at = (text: string) => Date.parse(text);'],
  ['the engine imports plan', 'src/deployments/run/x.ts', "import { next } from '../plan/next.ts';"],
  ['a command imports the front door of access', 'src/commands/x.ts', "import { createGate } from '../access/index.ts';"],
  ['the command line imports types of the contract', 'src/cli/x.ts', "import type { Deployment } from '../contract/api.ts';"],
  ['the composition root imports adapters', 'src/serve.ts', "import { openEtcdStore } from './store/etcd/index.ts';"],
  ['a test imports adapters', 'src/store/x.test.ts', "import { openEmbeddedStore } from './embedded/index.ts';"],
];

const impure: [title: string, code: string][] = [
  ['an async function', 'export async function x() {\n  await y;\n}\ndeclare const y: Promise<void>;'],
  ['an async arrow', 'export const x = async () => 1;'],
  ['a promise', 'export const x = () => new Promise(() => {});'],
  ['the time', 'export const x = () => Date.now();'],
  ['a fresh date', 'export const x = () => new Date();'],
  ['chance', 'export const x = () => Math.random();'],
  ['the monotonic clock', 'export const x = () => performance.now();'],
  ['a timer', 'export const x = () => setTimeout(() => {}, 1);'],
  ['a module of the platform', "import { randomUUID } from 'node:crypto';\nexport const x = randomUUID;"],
];

describe('house rules', function () {
  this.timeout(60_000);

  for (const [title, file, imported] of forbidden) {
    it(title, async () => {
      expect(await rulesBroken(file, `import { x } from '${imported}';\nexport const y = x;\n`)).to.include('boundaries/dependencies');
    });
    it(`${title}, not even its types`, async () => {
      expect(await rulesBroken(file, `import type { X } from '${imported}';\nexport type Y = X;\n`)).to.include('boundaries/dependencies');
    });
  }

  for (const [title, file, code] of allowed) {
    it(title, async () => {
      expect(await rulesBroken(file, code)).to.deep.equal([]);
    });
  }

  for (const [what, code] of impure) {
    it(`plan contains no ${what}`, async () => {
      const broken = await rulesBroken('src/deployments/plan/x.ts', code);
      expect(broken.filter(rule => rule.startsWith('no-restricted'))).to.have.length.greaterThan(0);
    });
    it(`the engine may contain ${what}`, async () => {
      expect(await rulesBroken('src/deployments/run/x.ts', code)).to.deep.equal([]);
    });
  }

  it('the command line imports nothing of the contract that runs', async () => {
    const broken = await rulesBroken('src/cli/x.ts', "import { paths } from '../contract/api.ts';\nexport const y = paths;\n");
    expect(broken).to.include('boundaries/dependencies');
  });

  describe('the linter of types', () => {
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), 'teal-lint-'))));
    after(() => rmSync(folder, { recursive: true }));

    function found(code: string): string[] {
      writeFileSync(join(folder, 'x.ts'), code);
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: { strict: true, target: 'ES2023', types: [] }, files: ['x.ts'] }),
      );
      const program = join(root, 'node_modules/oxlint/bin/oxlint');
      const { stdout } = spawnSync(process.execPath, [program, '-c', join(root, '.oxlintrc.json'), '--format', 'json', 'x.ts'], {
        cwd: folder,
        encoding: 'utf8',
      });
      return (JSON.parse(stdout) as { diagnostics: { code: string }[] }).diagnostics.map(({ code: rule }) => rule);
    }

    for (const [what, code, rule] of [
      [
        'a promise that nobody waits for',
        'export function x(y: Promise<void>): void {\n  y.then();\n}\n',
        'typescript(no-floating-promises)',
      ],
      [
        'a case that is forgotten',
        "export function x(y: 'a' | 'b'): void {\n  switch (y) {\n    case 'a':\n  }\n}\n",
        'typescript(switch-exhaustiveness-check)',
      ],
      ['a wrong type', "export const x: number = 'one';\n", 'typescript(TS2322)'],
      ['printing', "console.log('x');\n", 'eslint(no-console)'],
    ] as const)
      it(`finds ${what}`, () => {
        expect(found(code)).to.include(rule);
      });
  });
});
