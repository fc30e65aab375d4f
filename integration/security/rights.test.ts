/**
 * Least privilege: with exactly the rights that the Helm chart grants, scenarios pass on the real cluster and the API server refuses nothing; and nothing is granted that was not used.
 * TEAL_RIGHTS names groups of the list of scenarios, comma-separated, or is `all`; otherwise the groups that touch most of the cluster are played.
 */

import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { groups } from '../scenarios/list.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Passed } from '../support/gateway.ts';
import { createPool } from '../support/pool.ts';
import { chartAccount, type Rule, type ServiceAccount } from '../support/service-account.ts';
import { openTarget, whyNotHere, type Target } from '../support/targets.ts';
import { within } from '../support/wait.ts';
import { openStage, type Stage } from '../support/world.ts';

const wanted = process.env['TEAL_RIGHTS'] ?? "failures,traffic,others' hands,rollback and switch-back";
const played = wanted === 'all' ? Object.keys(groups) : wanted.split(',');
/** The one scenario in which an app is asked by POST. */
const asksByPost = /asked by POST/;

const chosen = (): Scenario[] =>
  Object.entries(groups).flatMap(([group, list]) =>
    list.filter(({ title, leftOut }) => leftOut?.['real-traefik'] === undefined && (played.includes(group) || asksByPost.test(title))),
  );

/** `verb group/resource`, as RBAC sees a request; undefined for what needs no rule (`/readyz`, `/version`, discovery). */
function rightOf({ method, path, query }: Passed): string | undefined {
  const found = /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)(?:\/namespaces\/[^/]+)?\/([a-z]+)(?:\/([^/]+)(?:\/([a-z]+))?)?/.exec(path);
  if (!found) return undefined;
  const [, group = '', resource = '', name, sub] = found;
  const own = /^\/api\/v1\/namespaces\/[^/]+$/.test(path);
  const single = own || name !== undefined;
  const reading = single ? 'get' : /(^|&)watch=(1|true)(&|$)/.test(query) ? 'watch' : 'list';
  const verb = { GET: reading, HEAD: reading, POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ?? method;
  return `${verb} ${group}/${own ? 'namespaces' : resource}${sub === undefined ? '' : `/${sub}`}`;
}

const granted = (rules: readonly Rule[]): string[] =>
  rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap(group => resources.flatMap(resource => verbs.map(verb => `${verb} ${group}/${resource}`))),
  );

/** An administrator's right is one thing, a namespace that is going away another: there the API server refuses every create. */
const isMissingRight = ({ status, refusal = '' }: Passed): boolean => status === 403 && /cannot \w+ resource/.test(refusal);

describe('the rights of the chart', function () {
  let target: Target;
  let account: ServiceAccount | undefined;
  let stage: Stage;
  const outcomes = new Map<Scenario, Promise<unknown>>();

  before(async function () {
    this.timeout(120_000);
    const unknown = played.filter(group => !(group in groups));
    if (unknown.length > 0)
      throw new Error(`TEAL_RIGHTS: no group is called ${unknown.join(', ')}; there are: ${Object.keys(groups).join(', ')}`);
    const missing = await whyNotHere('real-traefik');
    if (missing !== undefined) {
      if (process.env['TEAL_TEST_REQUIRE_ALL']) throw new Error(missing);
      return this.skip();
    }
    target = await openTarget('real-traefik');
    account = await chartAccount(target.kube, `rights-${randomBytes(3).toString('hex')}`);
    stage = await openStage('real-traefik', { as: account.connection, args: ['--health-via', 'api-proxy'] });
    const pool = createPool(stage.target.lanes);
    for (const scenario of chosen()) {
      const run = pool.run(() => within('the scenario', scenario.limitMs ?? 180_000, stage.play(scenario.run)));
      outcomes.set(
        scenario,
        run.then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
    }
  });

  after(async function () {
    this.timeout(60_000);
    await Promise.all(outcomes.values());
    await (stage as Stage | undefined)?.close();
    await account?.remove();
    await (target as Target | undefined)?.close();
  });

  for (const scenario of chosen()) {
    it(`suffice: ${scenario.title}`, async function () {
      this.timeout(20 * 60_000);
      if ((await outcomes.get(scenario)) === undefined) return;
      await Promise.all(outcomes.values());
      await within('the scenario', scenario.limitMs ?? 180_000, stage.play(scenario.run));
    });
  }

  it('are never exceeded: the API server has refused nothing', async () => {
    await Promise.all(outcomes.values());
    const refused = stage.requests().filter(isMissingRight);
    expect(refused.map(passed => `${rightOf(passed) ?? passed.path}: ${passed.refusal ?? ''}`)).to.deep.equal([]);
  });

  it('are all used', async () => {
    await Promise.all(outcomes.values());
    const used = new Set(stage.requests().map(rightOf));
    expect(granted(account?.rules ?? []).filter(right => !used.has(right))).to.deep.equal([]);
  });

  it('do not reach secrets', async () => {
    expect(granted(account?.rules ?? []).filter(right => /secrets|\*/.test(right))).to.deep.equal([]);
    expect(stage.requests().filter(({ path }) => path.includes('/secrets'))).to.deep.equal([]);
  });
});
