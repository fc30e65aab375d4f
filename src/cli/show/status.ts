/** Both versions of an app with their pods, as lines of text; and what has changed, as one line. Pure. */

import type { AppDetail, Brief, Pod, VersionView } from '../api/types.ts';
import { ageOf, shortSpan } from '../output/age.ts';
import { tableOf, type Cell } from '../output/table.ts';
import type { Paint, Tint } from '../terminal.ts';
import { stateTints } from './apps.ts';

export interface StatusOptions {
  paint: Paint;
  /** Each pod, not only their number. */
  pods: boolean;
  /** How much later than `app.time` it is; what is left of a phase shrinks between two answers. */
  elapsedMs?: number;
}

/** The older version is the blue one. */
const colourOf = ({ role }: VersionView, versions: readonly VersionView[]): Tint =>
  role === 'candidate' || (role === 'serving' && versions.some(other => other.role === 'predecessor')) || versions.length === 1
    ? 'green'
    : 'blue';

const timeLeft = ({ phaseEndsAt }: Brief, nowMs: number): string => {
  if (phaseEndsAt === undefined) return '';
  const left = Date.parse(phaseEndsAt) - nowMs;
  return left > 0 ? `${shortSpan(left)} left` : 'now';
};

const podsText = ({ replicas }: VersionView): string => `${replicas.ready}/${replicas.wanted} ready`;

export function statusView(app: AppDetail, { paint, pods, elapsedMs = 0 }: StatusOptions): string[] {
  const nowMs = Date.parse(app.time) + elapsedMs;
  const { appName, namespace, state, host, versions, queue, traffic, newest, clusterKnown } = app;
  const head = `${paint('bold', appName)} in ${namespace}: ${paint(stateTints[state] ?? 'dim', state)}${host === undefined ? '' : `, ${host}`}`;
  const failed =
    newest?.status === 'FAILURE' && newest.reason !== undefined
      ? [paint('red', `  ${newest.version} failed: ${newest.reason.code}: ${newest.reason.message}`)]
      : [];
  const rows = versions.map((view): Cell[] => {
    const { deployment, role, receivesTraffic } = view;
    return [
      receivesTraffic ? '>' : ' ',
      { text: deployment.version, tint: colourOf(view, versions) },
      role,
      `${deployment.phase}${deployment.degraded ? ' (degraded)' : ''}`,
      { text: podsText(view), tint: view.replicas.ready < view.replicas.wanted ? 'yellow' : 'green' },
      timeLeft(deployment, nowMs),
      deployment.images.map(({ image }) => image).join(','),
    ];
  });
  const table =
    rows.length === 0
      ? ['  no version runs']
      : lines(tableOf([' ', 'version', 'role', 'phase', 'pods', 'time', 'image'], rows, paint, '  '));
  const podRows = versions.flatMap(view => view.pods.map(pod => podRow(pod, view, colourOf(view, versions), nowMs)));
  const podTable =
    pods && podRows.length > 0
      ? ['', ...lines(tableOf(['pod', 'version', 'state', 'health', 'restarts', 'age'], podRows, paint, '    '))]
      : [];
  const waits = queue.length === 0 ? [] : ['', `  waiting for their turn: ${queue.map(({ version }) => version).join(', ')}`];
  return [
    head,
    ...failed,
    '',
    ...table,
    ...podTable,
    ...waits,
    ...trafficLines(traffic),
    ...(clusterKnown ? [] : ['', paint('yellow', '  the cluster does not answer; pods as last known')]),
  ];
}

const lines = (text: string): string[] => text.trimEnd().split('\n');

function podRow(
  { name, phase, ready, healthy, healthText, reason, deleting, restarts, created }: Pod,
  { deployment }: VersionView,
  tint: Tint,
  nowMs: number,
): Cell[] {
  const state = deleting ? 'ending' : (reason ?? (ready ? 'ready' : phase.toLowerCase()));
  const health: Cell =
    healthy === undefined ? '' : healthy ? { text: 'healthy', tint: 'green' } : { text: short(healthText) || 'unhealthy', tint: 'red' };
  return [
    name,
    { text: deployment.version, tint },
    { text: state, tint: deleting ? 'dim' : ready ? 'green' : 'yellow' },
    health,
    String(restarts),
    ageOf(created, nowMs),
  ];
}

const short = (text = ''): string => (text.length > 40 ? `${text.slice(0, 40)}...` : text).replaceAll(/\s+/g, ' ');

function trafficLines({ service, ingress }: AppDetail['traffic']): string[] {
  const parts = [
    ...(ingress ? [`http://${ingress.host} -> Ingress ${ingress.name} -> Service ${ingress.backend}`] : []),
    ...(service ? [`Service ${service.name} -> ${service.version === undefined ? 'nothing' : `version ${service.version}`}`] : []),
  ];
  return parts.length === 0 ? [] : ['', ...parts.map(part => `  ${part}`)];
}

/** Where there is no terminal: one line for each state, so that a change is a new line. Without times that pass by themselves. */
export function statusLine({ appName, state, versions, queue }: AppDetail): string {
  const each = versions.map(
    view =>
      `${view.role} ${view.deployment.version} ${view.deployment.phase} ${podsText(view)}${view.receivesTraffic ? ' with traffic' : ''}`,
  );
  return [`${appName} ${state}`, ...each, ...(queue.length === 0 ? [] : [`${queue.length} queued`])].join('; ');
}
