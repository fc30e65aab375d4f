/** JSON Schemas of what this room answers, for the API document. */

import { named, refTo, type JsonSchema } from '../http/index.ts';
import { phases } from './record.ts';
import type { Status } from './record.ts';

export const statuses: Status[] = ['DEPLOYING', 'DEPLOYED', 'UNDEPLOYING', 'UNDEPLOYED', 'FAILURE'];

const time: JsonSchema = { type: 'string', format: 'date-time' };
const id: JsonSchema = { type: 'string', format: 'uuid' };
const ids: JsonSchema = { type: 'array', items: id };
const seq = (description: string): JsonSchema => ({ type: 'integer', minimum: 0, description });

const deploymentProperties: JsonSchema = {
  id,
  created: time,
  lastModified: { ...time, description: 'Strictly later than before with every change' },
  version: { type: 'string', description: 'The number for `#`; known at acceptance' },
  status: { type: 'string', enum: statuses },
  phase: { type: 'string', enum: [...phases], description: 'The finer truth behind the status' },
  reason: {
    type: 'object',
    description: 'After a failure, a cancellation or an automatic move',
    required: ['code', 'message'],
    properties: { code: { type: 'string' }, message: { type: 'string' } },
    additionalProperties: false,
  },
  deployedAt: { ...time, description: 'First time it served' },
  settledAt: { ...time, description: 'Since then nothing more happens' },
  drainUntil: { ...time, description: 'Until then a replaced version keeps running' },
  degraded: { type: 'boolean', description: 'It serves, but not all of its pods are healthy' },
  leftovers: { type: 'array', items: { type: 'string' }, description: 'Objects that could not be removed in time' },
  warnings: { type: 'array', items: { type: 'string' }, description: 'What was accepted but cannot work as asked' },
  rollbackOf: { ...id, description: 'The deployment that this one takes back' },
  principal: { type: 'string', description: 'Who asked for it' },
  logSeq: seq('Number of the newest log entry'),
  endSeq: seq('Number of the entry that tells the outcome; streams end there'),
  settledSeq: seq('Number of the last entry of all'),
  descriptor: refTo('Descriptor'),
};

const required = ['id', 'created', 'lastModified', 'version', 'status', 'phase', 'principal', 'logSeq', 'descriptor'];

export const deploymentSchema = named('Deployment', {
  description: 'One deployment, with the copy of the descriptor that it deploys.',
  type: 'object',
  required,
  properties: deploymentProperties,
  additionalProperties: false,
});

export const rolledBackSchema = named('RolledBack', {
  description: 'The deployment that brings the previous version back.',
  type: 'object',
  required: [...required, 'cancelled'],
  properties: {
    ...deploymentProperties,
    cancelled: { ...ids, description: 'Deployments that were cancelled because the rollback goes first' },
  },
  additionalProperties: false,
});

export const clearedSchema = named('ClearedDeployments', {
  type: 'object',
  required: ['deleted', 'undeploying'],
  properties: { deleted: ids, undeploying: ids },
  additionalProperties: false,
});

export const logEntrySchema = named('LogEntry', {
  type: 'object',
  required: ['seq', 'time', 'level', 'message'],
  properties: {
    seq: { type: 'integer', minimum: 1 },
    time,
    level: { type: 'string', enum: ['info', 'warn', 'error'] },
    message: { type: 'string', description: 'One line' },
    phase: { type: 'string', enum: [...phases] },
  },
  additionalProperties: false,
});

export const healthSchema = named('HealthDatum', {
  type: 'object',
  required: ['podName', 'value', 'healthy', 'checkedAt'],
  properties: {
    podName: { type: 'string' },
    value: { type: 'string', description: 'The text that the pod answered, or why there is none' },
    healthy: { type: 'boolean' },
    checkedAt: time,
  },
  additionalProperties: false,
});
