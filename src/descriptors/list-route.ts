/** Queries by app, the same for lists of descriptors and of deployments. */

import { idOfToken, IntegerParameter, nextLink, TextParameter } from '../http/index.ts';
import { whyNoAppName } from '../lib/names.ts';
import { Problem } from '../lib/problem.ts';

export class AppListQuery {
  @TextParameter({ maxLength: 63, description: 'Only those of this app' })
  appname?: string;

  @IntegerParameter({ min: 1, max: 1000, description: 'At most so many' })
  limit?: number;

  @TextParameter({ maxLength: 200, description: 'Where the page before ended: from its Link header' })
  continue?: string;
}

/** One page that is wanted. */
export interface PageRequest {
  namespace: string;
  appName: string | undefined;
  limit: number | undefined;
  /** The last id of the page before. */
  after: string | undefined;
}

/** An app name from the query goes into keys: it must be one. Throws INVALID. */
export function checkedApp(appName: string): string {
  const why = whyNoAppName(appName);
  if (why === undefined) return appName;
  throw new Problem('INVALID', `?appname ${why}`, { faults: [{ pointer: '?appname', message: why }] });
}

/** Throws INVALID for what is neither an app name nor a token of ours. */
export const pageRequest = (namespace: string, query: AppListQuery): PageRequest => ({
  namespace,
  appName: query.appname === undefined ? undefined : checkedApp(query.appname),
  limit: query.limit,
  after: idOfToken(query.continue),
});

/** The `Link` header of a page, when there are more. */
export function linkAfter(
  path: string,
  { namespace, appName, limit }: PageRequest,
  items: readonly { id: string }[],
  more: boolean,
): Record<string, string> {
  const last = items.at(-1);
  return more && last ? { Link: nextLink(path, { namespace, appname: appName, limit }, last.id) } : {};
}
