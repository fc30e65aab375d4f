/** An app of a namespace that this server does not serve: nothing of it is touched, but what waits to start is told that it will not. */

import type { Decision } from './decision.ts';
import type { Observed } from './observed.ts';
import { refuse } from './start.ts';

export function notServed(o: Observed): Decision {
  const [first] = o.app.queue;
  const head = first === undefined ? undefined : o.records.get(first);
  if (!head) return { do: 'rest' };
  const message = `namespace ${o.app.namespace} is not among those that this server serves (setting --namespaces)`;
  return { ...refuse(o, head, { code: 'NAMESPACE_NOT_SERVED', message }), release: false, aside: true };
}
