/** JSON Schemas of what is answered about apps, for the API document. */

import { named, type JsonSchema } from '../../http/index.ts';
import { phases } from '../record.ts';
import { statuses } from '../schemas.ts';
import { appStates } from './summary.ts';

const text: JsonSchema = { type: 'string' };
const time: JsonSchema = { type: 'string', format: 'date-time' };
const id: JsonSchema = { type: 'string', format: 'uuid' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const yes: JsonSchema = { type: 'boolean', const: true };

const object = (properties: Record<string, unknown>, required: string[]): JsonSchema => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
});

const briefSchema = named('Brief', {
  description: 'One deployment in few words.',
  ...object(
    {
      id,
      version: text,
      status: { type: 'string', enum: statuses },
      phase: { type: 'string', enum: [...phases] },
      created: time,
      lastModified: time,
      phaseEndsAt: {
        ...time,
        description: 'When this phase ends by itself: at the latest, or while confirming at the earliest. Absent where nobody knows',
      },
      deployedAt: time,
      settledAt: time,
      reason: object({ code: text, message: text }, ['code', 'message']),
      replicas: { ...count, description: 'Pods that it was started with' },
      images: { type: 'array', items: object({ container: text, image: text }, ['container', 'image']) },
      principal: text,
      degraded: yes,
      rollbackOf: id,
    },
    ['id', 'version', 'status', 'phase', 'created', 'lastModified', 'replicas', 'images', 'principal'],
  ),
});

const summaryProperties: Record<string, unknown> = {
  namespace: text,
  appName: text,
  state: {
    type: 'string',
    enum: [...appStates],
    description:
      'degraded: it serves, but with fewer ready pods than it should have. failed: nothing serves, and the newest deployment ended in FAILURE',
  },
  host: { ...text, description: 'Of what serves, else of the newest deployment' },
  serving: briefSchema,
  candidate: briefSchema,
  predecessor: briefSchema,
  newest: briefSchema,
  queued: count,
};
const summaryRequired = ['namespace', 'appName', 'state', 'queued'];

export const appSummarySchema = named('AppSummary', {
  description: 'One app in few words.',
  ...object(summaryProperties, summaryRequired),
});

const podSchema = named(
  'AppPod',
  object(
    {
      name: text,
      phase: { ...text, description: 'Of Kubernetes: Pending, Running, ...' },
      ready: { type: 'boolean' },
      healthy: { type: 'boolean', description: 'What the last health check said that is known here' },
      checkedAt: { ...time, description: 'Of that check; it alone changes no revision' },
      healthText: { ...text, description: 'What the pod answered, or why there is no answer' },
      restarts: count,
      created: text,
      node: text,
      ip: text,
      image: { ...text, description: 'Of its first container' },
      reason: { ...text, description: 'What keeps it from running, in the word of Kubernetes' },
      deleting: yes,
    },
    ['name', 'phase', 'ready', 'restarts', 'created', 'image'],
  ),
);

const versionSchema = named(
  'AppVersion',
  object(
    {
      role: { type: 'string', enum: ['serving', 'candidate', 'predecessor'] },
      deployment: briefSchema,
      receivesTraffic: { type: 'boolean', description: 'Whether the Service of the app selects it now' },
      replicas: object({ wanted: count, current: count, ready: count, healthy: count }, ['wanted', 'current', 'ready', 'healthy']),
      previewHost: { ...text, description: 'Where the proxy serves this version alone; only with a preview domain' },
      pods: { type: 'array', items: podSchema },
    },
    ['role', 'deployment', 'receivesTraffic', 'replicas', 'pods'],
  ),
);

export const appDetailSchema = named('AppDetail', {
  description: 'One app as it stands now.',
  ...object(
    {
      ...summaryProperties,
      revision: { ...text, description: 'Changes exactly when something else in this answer does, but `time` and `checkedAt`' },
      time: { ...time, description: "Now, on the cluster's clock" },
      queue: { type: 'array', items: briefSchema },
      versions: { type: 'array', items: versionSchema },
      traffic: object(
        {
          service: object({ name: text, version: { ...text, description: 'That its selector names' } }, ['name']),
          ingress: object({ name: text, host: text, backend: { ...text, description: 'A Service' }, className: text }, ['name']),
        },
        [],
      ),
      intent: {
        description: 'The change of traffic that is under way',
        ...object({ from: id, to: id, why: { type: 'string', enum: ['deploy', 'rollback', 'switch-back'] }, at: time }, [
          'to',
          'why',
          'at',
        ]),
      },
      clusterKnown: {
        type: 'boolean',
        description: 'False until this server has read the cluster: pods and traffic are then unknown, not gone',
      },
    },
    [...summaryRequired, 'revision', 'time', 'queue', 'versions', 'traffic', 'clusterKnown'],
  ),
});
