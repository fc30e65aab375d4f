/** Words for states and phases, one table each, so that every view says the same. Pure. */

import type { AppState, AppSummary, Brief, Deployment, Phase, Status } from '../server/shapes.ts';

/** How something looks: its meaning, not its colour. */
export type Tone = 'good' | 'busy' | 'bad' | 'warn' | 'quiet';

export const appStates: Record<AppState, { label: string; tone: Tone }> = {
  live: { label: 'Live', tone: 'good' },
  deploying: { label: 'Deploying', tone: 'busy' },
  degraded: { label: 'Degraded', tone: 'warn' },
  failed: { label: 'Failed', tone: 'bad' },
  undeploying: { label: 'Undeploying', tone: 'busy' },
  undeployed: { label: 'Not running', tone: 'quiet' },
};

/** What happens in a phase, and what its clock counts down to. */
export const phases: Record<Phase, { label: string; says: string; clock: string }> = {
  queued: { label: 'Queued', says: 'waits for its turn', clock: 'left' },
  starting: { label: 'Starting', says: 'pods and services are being made', clock: 'until it counts as failed' },
  verifying: { label: 'Verifying', says: 'pods start and are checked; no traffic yet', clock: 'until it counts as failed' },
  'preparing-traffic': { label: 'Preparing traffic', says: 'the proxy learns of the new version', clock: 'at most' },
  waiting: {
    label: 'Waiting for promotion',
    says: 'healthy; the traffic moves when somebody promotes it',
    clock: 'until it is promoted by itself',
  },
  switching: { label: 'Switching', says: 'the traffic is being moved', clock: 'left' },
  confirming: { label: 'Confirming', says: 'has the traffic and is watched before it counts', clock: 'until it counts as deployed' },
  serving: { label: 'Serving', says: 'has the traffic', clock: 'left' },
  draining: { label: 'Draining', says: 'finishes its requests; traffic can still come back', clock: 'until it is removed' },
  retiring: { label: 'Retiring', says: 'is being removed', clock: 'left' },
  'cleaning-up': { label: 'Cleaning up', says: 'what it made is being removed', clock: 'left' },
  settled: { label: 'Settled', says: 'nothing more will happen', clock: 'left' },
};

/** The road of a deployment, as the stepper shows it. */
export const road: { phase: Phase; label: string }[] = [
  { phase: 'queued', label: 'Queue' },
  { phase: 'starting', label: 'Start' },
  { phase: 'verifying', label: 'Verify' },
  { phase: 'preparing-traffic', label: 'Prepare' },
  { phase: 'waiting', label: 'Promote' },
  { phase: 'switching', label: 'Switch' },
  { phase: 'confirming', label: 'Confirm' },
];

/** Whether traffic has already been touched: before that a deployment can be called off without anybody noticing. */
export const beforeSwitch = (phase: Phase): boolean => ['queued', 'starting', 'verifying', 'preparing-traffic', 'waiting'].includes(phase);

/** What became of a deployment. */
export function outcomeOf({ status, phase, reason, degraded }: Pick<Brief, 'status' | 'phase' | 'reason'> & { degraded?: boolean }): {
  label: string;
  tone: Tone;
} {
  const table: Record<Status, { label: string; tone: Tone }> = {
    DEPLOYING: { label: phases[phase].label, tone: 'busy' },
    DEPLOYED: degraded ? { label: 'Degraded', tone: 'warn' } : { label: 'Live', tone: 'good' },
    UNDEPLOYING: { label: 'Undeploying', tone: 'busy' },
    UNDEPLOYED: { label: reasonLabels[reason?.code ?? ''] ?? 'Replaced', tone: 'quiet' },
    FAILURE: { label: 'Failed', tone: 'bad' },
  };
  if (status === 'UNDEPLOYED' && phase === 'draining') return { label: 'Draining', tone: 'quiet' };
  return table[status];
}

const reasonLabels: Record<string, string> = {
  CANCELLED: 'Cancelled',
  ABORTED: 'Aborted',
  UNDEPLOYED: 'Undeployed',
  ROLLED_BACK: 'Rolled back',
  REPLACED: 'Replaced',
  NAMESPACE_GONE: 'Namespace gone',
};

const failures: Record<string, string> = {
  TIMEOUT: 'not healthy in time',
  UNHEALTHY: 'its pods are unhealthy',
  IMAGE_PULL: 'its image cannot be had',
  CRASH_LOOP: 'it crashes again and again',
  QUOTA_EXCEEDED: 'the quota of the namespace is used up',
  REFUSED_BY_CLUSTER: 'the cluster refused it',
  UNSCHEDULABLE: 'no node has room for it',
  FOREIGN_OBJECT: "somebody else's object is in the way",
  VERSION_LIVE: 'this version serves already',
  NAME_TAKEN: 'its name belongs to another',
  HOST_TAKEN: 'its host name belongs to another',
  PROXY_NOT_READY: 'the proxy did not take it in',
  SWITCH_REFUSED: 'the traffic could not be moved',
  SWITCHED_BACK: 'it died with the traffic, which was moved back',
  POLICY: 'it asks for more than is allowed here',
};

/** Why it failed, in a few words; the code itself where there are none. */
export const failureTitle = (code: string): string => failures[code] ?? code;

/** The end of an image reference: what tells two versions of an app apart. */
export function shortImage(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  const [name = '', digest] = last.split('@sha256:');
  return digest === undefined ? name : `${name}@${digest.slice(0, 12)}`;
}

export const imagesOf = (deployment: Pick<Deployment, 'descriptor'>): string[] =>
  deployment.descriptor.podspec.containers.map(({ image }) => shortImage(image));

/** One sentence about an app, for screen readers and the title. */
export function sentenceOf(app: Pick<AppSummary, 'state' | 'serving' | 'candidate' | 'queued'>): string {
  const parts = [
    app.serving ? `version ${app.serving.version} serves` : 'nothing serves',
    ...(app.candidate ? [`version ${app.candidate.version} is ${phases[app.candidate.phase].label.toLowerCase()}`] : []),
    ...(app.queued > 0 ? [`${app.queued} more in the queue`] : []),
  ];
  return parts.join('; ');
}
