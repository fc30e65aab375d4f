/** The kinds of things, by all the names that people type. Pure. */

import { nearest } from '../lib/nearest.ts';
import { usageFailure } from './exits.ts';

export type Kind = 'app' | 'deployment' | 'descriptor';

const names: Readonly<Record<Kind, readonly string[]>> = {
  app: ['app', 'apps', 'application', 'applications'],
  deployment: ['deployment', 'deployments', 'deploy', 'dep'],
  descriptor: ['descriptor', 'descriptors', 'desc'],
};

export function readKind(text: string): Kind {
  for (const kind of Object.keys(names) as Kind[]) if (names[kind].includes(text.toLowerCase())) return kind;
  const meant = nearest(text, Object.values(names).flat());
  throw usageFailure(
    `there is no kind "${text}"; ${meant === undefined ? 'there are apps, deployments and descriptors' : `did you mean ${meant}?`}`,
  );
}
