/** Wishes for a deployment that is there: promote, abort, rollback, redeploy, cancel, undeploy. Each is asked for, then followed to its end. */

import type { Deployment } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { exits, Failure } from '../exits.ts';
import { followAll, tellOutcomes, type Started } from '../outcome.ts';
import { shortId } from '../output/age.ts';
import { print } from '../output/format.ts';
import { resolveDeployment, titleOf, type Preference } from '../resolve.ts';
import { printDeployments } from '../show/deployments.ts';

interface Wish {
  /** Which deployment of an app is meant. */
  preference: Preference;
  method: 'POST' | 'PUT' | 'DELETE';
  /** Behind the deployment's path. */
  verb: string;
  /** What is said when the server has taken it. */
  accepted(title: string): string;
  /** For what takes traffic away: asked on a terminal. */
  question?(title: string): string;
  /** How it should end: serving, or gone as it was asked for. */
  ends: 'serving' | 'gone';
}

const promote: Wish = {
  preference: 'moving',
  method: 'POST',
  verb: 'promote',
  accepted: title => `${title} takes the traffic`,
  ends: 'serving',
};
const abort: Wish = { preference: 'moving', method: 'POST', verb: 'abort', accepted: title => `${title} is given up`, ends: 'gone' };
const rollback: Wish = {
  preference: 'live',
  method: 'POST',
  verb: 'rollback',
  accepted: title => `${title} is taken back`,
  ends: 'serving',
};
const redeploy: Wish = {
  preference: 'live',
  method: 'PUT',
  verb: '',
  accepted: title => `${title} is deployed once more`,
  ends: 'serving',
};
const cancel: Wish = { preference: 'moving', method: 'DELETE', verb: '', accepted: title => `${title} is cancelled`, ends: 'gone' };
const undeploy: Wish = {
  preference: 'live',
  method: 'DELETE',
  verb: '',
  accepted: title => `${title} is undeployed`,
  question: title => `Take ${title} away, traffic and pods?`,
  ends: 'gone',
};

const run =
  (wish: Wish, refuse: (deployment: Deployment) => string | undefined = () => undefined): Run =>
  async (context, [named = '']) => {
    const { options, terminal } = context;
    options.duration('timeout');
    const [client, namespace] = [await context.client(), await context.namespace()];
    const target = await resolveDeployment(client, namespace, named, wish.preference);
    const why = refuse(target);
    if (why !== undefined) throw new Failure(`${titleOf(target)} ${why}`);
    if (wish.question && !options.flag('yes') && !(await terminal.confirm(wish.question(titleOf(target))))) {
      terminal.warn('nothing was changed');
      return exits.failed;
    }
    const answer = await client.ask(wish.method, `/deployments/${target.id}/${wish.verb}`, { query: { namespace } });
    const followed = /\/deployments\/([^/]+)\//.exec(answer.header('location') ?? '')?.[1] ?? target.id;
    terminal.say(wish.accepted(titleOf(target)));
    const deployment = followed === target.id ? target : await client.get<Deployment>(`/deployments/${followed}/`, { namespace });
    if (followed !== target.id) terminal.say(`${deployment.descriptor.appName} ${deployment.version}: deployment ${followed}`);
    if (options.flag('no-wait')) {
      await printDeployments(context, [deployment], true);
      return exits.done;
    }
    // What the log said before is known, or can be asked for.
    const after = followed === target.id ? target.logSeq : 0;
    const ended = await followAll(context, [{ namespace, deployment, after }], 'deployed');
    return wish.ends === 'serving' ? tellOutcomes(context, ended) : tellGone(context, ended);
  };

/** Gone is what was asked for; serving means that the wish came too late. */
async function tellGone(context: Context, ended: readonly Started[]): Promise<number> {
  const { terminal, format } = context;
  const [{ deployment } = { deployment: undefined }] = ended;
  if (deployment === undefined) return exits.failed;
  const { status, reason, id } = deployment;
  if (status === 'DEPLOYED') {
    terminal.warn(`${titleOf(deployment)} serves: the wish came too late`);
    return exits.failed;
  }
  await print(terminal, format, {
    value: deployment,
    table: () => `${titleOf(deployment)} is gone: ${status}${reason && reason.code !== status ? `, ${reason.code}` : ''}\n`,
    names: () => [id],
  });
  for (const object of deployment.leftovers ?? []) terminal.warn(`could not be removed: ${object}`);
  return exits.done;
}

const mustMove = (deployment: Deployment): string | undefined =>
  deployment.status === 'DEPLOYING'
    ? undefined
    : `is not under way: ${deployment.status}; teal undeploy ${shortId(deployment.id)} takes a version away that serves`;
const mustServe = (deployment: Deployment): string | undefined =>
  ['DEPLOYED', 'UNDEPLOYING'].includes(deployment.status)
    ? undefined
    : deployment.status === 'DEPLOYING'
      ? `is under way; teal cancel ${shortId(deployment.id)} stops it`
      : `does not serve: ${deployment.status}`;

export const runPromote = run(promote);
export const runAbort = run(abort);
export const runRollback = run(rollback);
export const runRedeploy = run(redeploy);
export const runCancel = run(cancel, mustMove);
export const runUndeploy = run(undeploy, mustServe);
