/** How deployments look: as rows, and as a whole. */

import type { Deployment } from '../api/types.ts';
import type { Context } from '../context.ts';
import { ageOf, shortId } from '../output/age.ts';
import { print } from '../output/format.ts';
import { fieldsOf, tableOf, type Cell } from '../output/table.ts';
import type { Paint, Tint } from '../terminal.ts';

const statusTints: Readonly<Record<string, Tint>> = {
  DEPLOYED: 'green',
  FAILURE: 'red',
  DEPLOYING: 'yellow',
  UNDEPLOYING: 'yellow',
  UNDEPLOYED: 'dim',
};

export const statusCell = (status: string): Cell => ({ text: status, tint: statusTints[status] ?? 'dim' });

export const imagesOf = ({ descriptor }: Pick<Deployment, 'descriptor'>): string =>
  (descriptor.podspec?.containers ?? []).map(({ image = '' }) => image).join(',');

/** `serving` says no more than `DEPLOYED`. */
const phaseOf = ({ phase, degraded }: Deployment): string => (degraded ? `${phase} (degraded)` : phase);

export interface RowOptions {
  wide: boolean;
  paint: Paint;
  /** Of several namespaces, told with each. */
  namespaceOf?: (deployment: Deployment) => string;
}

export function deploymentTable(deployments: readonly Deployment[], { wide, paint, namespaceOf }: RowOptions): string {
  const header = ['id', 'app', 'version', 'status', 'phase', 'image', 'age', ...(wide ? ['by', 'reason'] : [])];
  const rows = deployments.map((deployment): Cell[] => {
    const { id, version, status, created, principal, reason, descriptor } = deployment;
    const row = [shortId(id), descriptor.appName, version, statusCell(status), phaseOf(deployment), imagesOf(deployment), ageOf(created)];
    return [
      ...(namespaceOf ? [namespaceOf(deployment)] : []),
      ...row,
      ...(wide ? [principal, reason ? `${reason.code}: ${reason.message}` : ''] : []),
    ];
  });
  return tableOf(namespaceOf ? ['namespace', ...header] : header, rows, paint);
}

/** `single`: as one value, not as a list of one. */
export async function printDeployments(
  { terminal, format }: Pick<Context, 'terminal' | 'format'>,
  deployments: readonly Deployment[],
  single: boolean,
  namespaceOf?: (deployment: Deployment) => string,
): Promise<void> {
  await print(terminal, format, {
    value: single ? deployments[0] : deployments,
    table: wide => deploymentTable(deployments, { wide, paint: terminal.paint, ...(namespaceOf ? { namespaceOf } : {}) }),
    names: () => deployments.map(({ id }) => id),
  });
}

export function describeDeployment(deployment: Deployment, namespace: string): string {
  const {
    id,
    version,
    status,
    created,
    deployedAt,
    settledAt,
    drainUntil,
    reason,
    principal,
    rollbackOf,
    descriptor,
    warnings,
    leftovers,
  } = deployment;
  const at = (time: string | undefined) => (time === undefined ? undefined : `${time} (${ageOf(time)} ago)`);
  return fieldsOf([
    ['Deployment', id],
    ['App', `${descriptor.appName} in ${namespace}`],
    ['Version', version],
    ['Status', `${status}, ${phaseOf(deployment)}`],
    ['Reason', reason && `${reason.code}: ${reason.message}`],
    ['Images', descriptor.podspec?.containers?.map(({ name, image = '' }) => `${name}=${image}`).join('\n')],
    ['Replicas', String(descriptor.replicas ?? 1)],
    ['Host', descriptor.frontend],
    ['By', principal],
    ['Created', at(created)],
    ['Deployed', at(deployedAt)],
    ['Drains until', drainUntil],
    ['Settled', at(settledAt)],
    ['Takes back', rollbackOf],
    ['Left over', leftovers?.join('\n')],
    ['Warnings', warnings?.join('\n')],
    ['Descriptor', descriptor.id],
  ]);
}
