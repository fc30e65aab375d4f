/** A change as the audit recorded it, in one line. Pure. */

import type { AuditRecord } from '../server/shapes.ts';

const short = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

export function changeText(change: AuditRecord['change']): string {
  if (!change) return '';
  const fields = (change.fields ?? []).slice(0, 4).map(({ pointer, before, after }) => `${pointer}: ${short(before)} → ${short(after)}`);
  const more = (change.fields?.length ?? 0) - fields.length + (change.moreFields ?? 0);
  return [
    ...(change.version === undefined ? [] : [`version ${change.version}`]),
    ...Object.entries(change.images ?? {}).map(([container, image]) => `${container}: ${image}`),
    ...(change.rollbackOf === undefined ? [] : ['roll back']),
    ...(change.deleted === undefined ? [] : [`${change.deleted} deleted`]),
    ...fields,
    ...(more > 0 ? [`and ${more} more fields`] : []),
  ].join(', ');
}
