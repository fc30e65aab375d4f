/** What runs inside Teal besides Teal: few packages, each with a reason, pinned by hash, under licences that we know, installed without running anything of theirs. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../..', import.meta.url));
const textOf = (file: string): string => readFileSync(`${root}${file}`, 'utf8');

interface LockedPackage {
  version?: string;
  license?: string;
  integrity?: string;
  dev?: boolean;
  /** Came inside the archive of another, under that one's hash. */
  inBundle?: boolean;
  hasInstallScript?: boolean;
}

const manifest = JSON.parse(textOf('package.json')) as { dependencies: Record<string, string>; devDependencies: Record<string, string> };
const lock = JSON.parse(textOf('package-lock.json')) as { packages: Record<string, LockedPackage> };
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
const shipped = locked.filter(([, entry]) => entry.dev !== true);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

const page = textOf('deploy/dependencies.md');
const namesIn = (text: string): string[] => [...text.matchAll(/`([^`\s]+)`/g)].map(([, name = '']) => name);
const rows = page.split('\n').filter(line => line.startsWith('| `'));
const explained = rows.flatMap(line => namesIn(line.split('|')[1] ?? ''));
const paragraph = (start: string): string => page.slice(page.indexOf(start)).split('\n\n')[0] ?? '';

describe('the supply chain', () => {
  it('gives a reason for every package that package.json names, and names no other', () => {
    expect(explained.sort()).to.deep.equal(Object.keys(manifest.dependencies).sort());
  });

  it('pins every package to one version and its hash', () => {
    const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(([, version]) => !/^\d/.test(version));
    expect(loose).to.deep.equal([]);
    expect(
      locked.filter(([, { integrity, inBundle }]) => inBundle !== true && !integrity?.startsWith('sha512-')).map(([path]) => path),
    ).to.deep.equal([]);
  });

  it('ships under the licences that are named', () => {
    const known = namesIn(paragraph('Licences:'));
    const found = new Map(shipped.map(([path, { license }]) => [nameOf(path), license ?? 'none']));
    expect([...found].filter(([, license]) => !known.includes(license))).to.deep.equal([]);
    expect([...new Set(found.values())].sort(), 'named, but of no package').to.deep.equal(known.sort());
  });

  it('names every package that would run something when it is installed, and never lets it', () => {
    const scripted = shipped.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
    expect(namesIn(paragraph('Three packages')).filter(name => !name.startsWith('npm'))).to.include.members(scripted);
    for (const file of ['package.json', 'Dockerfile']) {
      const installs = textOf(file).match(/npm (ci|install|i)\b[^\n"&|]*/g) ?? [];
      expect(installs, file).to.have.length.greaterThan(0);
      for (const command of installs) expect(command, file).to.include('--ignore-scripts');
    }
  });

  it('has a bill of materials of exactly what is shipped', function () {
    this.timeout(60_000);
    const text = execFileSync(`${root}deploy/bill-of-materials`, {
      encoding: 'utf8',
      maxBuffer: 50_000_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const bill = JSON.parse(text) as { components: { name: string; version: string }[] };
    const listed = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
    const wanted = new Set(shipped.map(([path, { version }]) => `${nameOf(path)}@${version ?? ''}`));
    expect([...listed].sort()).to.deep.equal([...wanted].sort());
  });

  it('has no known weakness', function () {
    this.timeout(60_000);
    let answer: string;
    try {
      answer = execFileSync('npm', ['audit', '--omit', 'dev', '--json'], {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch (error) {
      answer = (error as { stdout?: string }).stdout ?? '';
    }
    const report = JSON.parse(answer === '' ? '{}' : answer) as { vulnerabilities?: Record<string, { severity: string }> };
    if (report.vulnerabilities === undefined) {
      // The title says it, so that it counts as left out with its reason.
      if (this.test) this.test.title += ' - left out: the package registry answers no audit';
      return this.skip();
    }
    expect(Object.entries(report.vulnerabilities).map(([name, { severity }]) => `${name}: ${severity}`)).to.deep.equal([]);
  });
});
