/** Everything that there is to run, in order: suites from the inside of the house to its outside. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Lane, Step } from './execute.ts';
import { settingsOf } from './selection.ts';

export const groups = [
  'build',
  'lint',
  'format',
  'overview',
  'manifests',
  'unit',
  'contracts',
  'scenarios',
  'cli',
  'dashboard',
  'faults',
  'security',
  'load',
] as const;
/** Comes before everything else. */
export const buildStep = 'the program builds';
export type Group = (typeof groups)[number];

/** Other versions of Node run these: the units, and what leans on Node itself - sockets, TLS, files. */
const onOtherNodes = /^(unit|contracts\/(cluster|store|store-embedded))$/;

const testsUnder = (root: string, folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter(name => name.endsWith('.test.ts'))
        .map(name => join(folder, name))
        .sort()
    : [];

/** Path of the `node` binary of a major version, which npm brings as a package. */
function nodeOfVersion(major: string, cwd: string): string {
  return execFileSync('npx', ['-y', '-p', `node@${major}`, 'node', '-p', 'process.execPath'], {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
  }).trim();
}

/** All others are checks. Patient ones hardly do anything but wait; they are taken in this order, the longest first. What is in the background only reckons. */
const lanes: Record<string, Lane> = {
  packaging: 'patience',
  outages: 'patience',
  dialects: 'patience',
  faults: 'patience',
  tokens: 'patience',
  cluster: 'patience',
  commands: 'patience',
  soak: 'patience',
  'store-etcd': 'patience',
  server: 'patience',
  disk: 'patience',
  handles: 'patience',
  members: 'patience',
  names: 'patience',
  connections: 'patience',
  deeds: 'patience',
  'sign-in': 'patience',
  looks: 'patience',
  story: 'patience',
  live: 'patience',
  tour: 'patience',
  resume: 'patience',
  rights: 'scenarios',
  crash: 'crashes',
  recovery: 'replicas',
  replicas: 'replicas',
  pressure: 'replicas',
  'many-apps': 'replicas',
  'bad-input': 'background',
  fuzz: 'background',
  help: 'background',
  house: 'background',
  'supply-chain': 'background',
  'switch-load': 'load',
  'kept-connections': 'load',
};
const order = Object.keys(lanes);
const placeOf = ({ name, lane }: Step): number => {
  const place = order.findIndex(suite => name.split(' ')[0]?.endsWith(suite));
  return lane === 'patience' && place >= 0 ? place : order.length;
};
/** The list of scenarios is one suite for each target. */
const targets = ['real-traefik', 'real-nginx', 'sandbox'];

function suite(node: string, name: string, files: string[], limit: number): Step {
  const mocha = ['node_modules/mocha/bin/mocha.js', '--config', '.mocharc.json', '--reporter', 'integration/runner/reporter.ts'];
  // The scenarios run what is shipped, not what tsx makes of the source.
  return { name, command: [node, ...mocha, ...files], limit, suite: true, lane: 'checks', env: { TEAL_BUILT: '1' } };
}

function suitesOfFile(group: Group, file: string, node: string): Step[] {
  const name = basename(file, '.test.ts');
  const limit = group === 'contracts' ? 900 : 2400;
  if (name !== 'scenarios') {
    const step = suite(node, `${group}/${name}`, [file], limit);
    return [{ ...step, lane: lanes[name] ?? 'checks', env: { ...step.env, ...settingsOf(step.name) } }];
  }
  return targets.map(target => {
    const step = suite(node, `scenarios on ${target}`, [file], limit);
    // With tokens on one of the targets, without on the others: both ways are in use.
    const auth = process.env['TEAL_AUTH'] ?? (target === 'sandbox' ? 'on' : 'off');
    return { ...step, lane: 'scenarios', env: { ...step.env, TEAL_TARGETS: target, TEAL_AUTH: auth, ...settingsOf(step.name) } };
  });
}

function suites(group: Group, root: string, node: string): Step[] {
  if (group === 'unit') {
    const files = testsUnder(root, 'src');
    return files.length > 0 ? [{ ...suite(node, 'unit', files, 900), lane: 'background' }] : [];
  }
  return testsUnder(root, `integration/${group}`).flatMap(file => suitesOfFile(group, file, node));
}

function check(name: string, command: string[], limit: number): Step {
  return { name, command, limit, suite: false, lane: 'background' };
}

function stepsOf(group: Group, root: string): Step[] {
  switch (group) {
    case 'build':
      return [check(buildStep, ['sh', '-c', 'npm run -s built && node --import tsx integration/support/under-test.ts'], 400)];
    case 'lint':
      return [
        check('all types agree, and no lint rule is broken', ['npx', 'oxlint'], 400),
        check('no house rule is broken', ['npx', 'eslint', 'src'], 400),
      ];
    case 'format':
      return [check('every file is formatted', ['npm', 'run', '-s', 'format:check'], 400)];
    case 'overview':
      return [check('overview.png is what its source draws', ['npm', 'run', '-s', 'overview:check'], 200)];
    case 'manifests':
      return [check('deploy/manifests are what the chart renders', ['npm', 'run', '-s', 'manifests:check'], 200)];
    case 'unit':
    case 'contracts':
    case 'scenarios':
    case 'cli':
    case 'dashboard':
    case 'faults':
    case 'security':
    case 'load':
      return suites(group, root, process.execPath);
  }
}

/** The steps of the wanted groups on this Node, then some suites on each of `otherNodes` (major versions). */
export function planSteps(root: string, wanted: readonly Group[], otherNodes: readonly string[]): Step[] {
  const here = groups.filter(group => wanted.includes(group)).flatMap(group => stepsOf(group, root));
  const elsewhere = otherNodes.flatMap(major => {
    const node = nodeOfVersion(major, root);
    return (['unit', 'contracts'] as const)
      .flatMap(group => suites(group, root, node))
      .filter(({ name }) => onOtherNodes.test(name))
      .map(step => ({ ...step, name: `${step.name} on Node ${major}` }));
  });
  return [...here, ...elsewhere].sort((one, other) => placeOf(one) - placeOf(other));
}
