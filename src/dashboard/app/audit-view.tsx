/** Who tried to change what of this app. */

import type { JSX } from 'preact';
import { useLoaded } from '../parts/loaded.tsx';
import { Ago, Badge, Empty, Loading, Notice } from '../parts/small.tsx';
import { call } from '../server/call.ts';
import type { AuditRecord } from '../server/shapes.ts';
import { app } from '../state/app.ts';
import { changeText } from './audit-text.ts';

export function AuditView({ namespace, appName }: { namespace: string; appName: string }): JSX.Element {
  const { value, trouble } = useLoaded(
    app.value?.revision ?? 'first',
    signal => call<AuditRecord[]>('audit/', { query: { namespace, appname: appName, limit: 200 }, signal }),
    `${namespace}/${appName}`,
  );
  if (trouble !== undefined) return <Notice tone="bad">{trouble}</Notice>;
  if (value === undefined) return <Loading />;
  if (value.length === 0) return <Empty title="Nobody has changed anything yet." />;
  return (
    <section aria-label="Audit" class="scroll-x" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Change</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {value.map(record => (
            <tr key={record.id}>
              <td>
                <Ago time={record.time} />
              </td>
              <td>
                {record.principal} <span class="note">{record.role}</span>
              </td>
              <td>{record.action}</td>
              <td class="wrap">{changeText(record.change)}</td>
              <td>
                <Badge tone={record.outcome === 'done' ? 'good' : record.outcome === 'refused' ? 'warn' : 'bad'}>
                  {record.outcome}
                  {record.code === undefined ? '' : ` (${record.code})`}
                </Badge>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
