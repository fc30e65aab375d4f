/** Dashboard and alert rules in deploy/monitoring speak of metrics that a running server really has, and are in the shape that Grafana and Prometheus read. */

import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { openTarget, type Target } from '../support/targets.ts';
import { startTeal, type TealProcess } from '../support/teal-process.ts';

const folder = fileURLToPath(new URL('../../deploy/monitoring/', import.meta.url));
const rulesPath = `${folder}prometheus-rules.yaml`;

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** Names of metrics in an expression: words that are no function, label or keyword. */
const metricsIn = (expression: string): string[] => [
  ...new Set([...expression.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').matchAll(/\b(?:teal|nodejs|process)_\w+/g)].map(([name]) => name)),
];

describe('monitoring', function () {
  this.timeout(90_000);
  let target: Target;
  let teal: TealProcess;
  let data = '';
  let served = new Set<string>();
  let rules: Rule[] = [];
  let expressions: string[] = [];

  before(async () => {
    target = await openTarget('sandbox');
    data = await mkdtemp(join(tmpdir(), 'teal-monitoring-'));
    teal = await startTeal([...target.clusterArgs, ...target.routingArgs, '--data-dir', data]);
    // A request, so that there is one to be counted.
    await fetch(`${teal.url}/version`);
    const text = await (await fetch(`${teal.url}/metrics`)).text();
    served = new Set([...text.matchAll(/^(\w+)(?:\{| )/gm)].map(([, name = '']) => name));
    const content = parse(await readFile(rulesPath, 'utf8')) as { groups: { name: string; rules: Rule[] }[] };
    rules = content.groups.flatMap(group => group.rules);
    const dashboard = JSON.parse(await readFile(`${folder}grafana-dashboard.json`, 'utf8')) as {
      panels: { targets: { expr: string }[] }[];
    };
    expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  });
  after(async () => {
    await teal.stop();
    await target.close();
    await rm(data, { recursive: true, force: true });
  });

  it('asks for metrics that the server has', () => {
    const asked = [...expressions, ...rules.map(({ expr }) => expr)].flatMap(expression => {
      const names = metricsIn(expression);
      expect(names, expression).not.to.have.length(0);
      return names;
    });
    expect(new Set(asked).size).to.be.greaterThan(8);
    for (const name of asked) expect([...served], name).to.include(name);
  });

  it('shows every metric of Teal somewhere', () => {
    const asked = new Set(
      [...expressions, ...rules.map(({ expr }) => expr)].flatMap(metricsIn).map(name => name.replace(/_(bucket|count|sum)$/, '')),
    );
    for (const name of served) if (name.startsWith('teal_')) expect([...asked]).to.include(name.replace(/_(bucket|count|sum)$/, ''));
  });

  it('has rules that say when, how bad, what and what to do', () => {
    expect(rules.length).to.be.greaterThan(5);
    expect(new Set(rules.map(({ alert }) => alert)).size).to.equal(rules.length);
    for (const rule of rules) {
      expect(rule, rule.alert).to.have.all.keys('alert', 'expr', 'for', 'labels', 'annotations');
      expect(rule.for).to.match(/^\d+m$/);
      expect(rule.labels['severity']).to.be.oneOf(['critical', 'warning']);
      expect(rule.annotations['summary'], rule.alert).to.be.a('string').with.length.greaterThan(10);
      expect(rule.annotations['description'], rule.alert).to.be.a('string').with.length.greaterThan(40);
    }
  });

  it('is taken by promtool, where there is one', function () {
    const { error, status, stderr } = spawnSync('promtool', ['check', 'rules', rulesPath], { encoding: 'utf8' });
    if (error) return void this.skip();
    expect(status, stderr).to.equal(0);
  });
});
