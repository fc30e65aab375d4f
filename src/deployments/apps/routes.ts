/** The routes of apps. */

import { may } from '../../access/index.ts';
import { listOf, route, TextParameter, type Route } from '../../http/index.ts';
import type { Apps } from './apps.ts';
import { appDetailSchema, appSummarySchema } from './schemas.ts';

class AppQuery {
  @TextParameter({ maxLength: 64, description: 'The revision that the reader has: with wait, the answer comes when there is another' })
  after?: string;

  @TextParameter({
    maxLength: 4,
    pattern: /^([1-9]|[1-5][0-9]|60)s?$/,
    rule: '1 to 60 seconds, for example 20s',
    description: 'With after: how long the answer may take',
    example: '20s',
  })
  wait?: string;
}

export interface AppRoutesDeps {
  apps: Apps;
  /** The only namespaces served; absent = all. */
  served?: readonly string[] | undefined;
}

export function appRoutes({ apps, served }: AppRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/apps/',
      name: 'listApps',
      tag: 'apps',
      access: 'viewer',
      namespace: 'optional',
      summary: 'List apps with their state.',
      description: 'Without namespace: of every namespace that the caller may read.',
      responses: { 200: { description: 'The apps, by namespace and name', schema: listOf(appSummarySchema) } },
      problems: [],
      async handle({ namespace, principal }) {
        const mayRead = (place: string) => may(principal, 'viewer', place) && served?.includes(place) !== false;
        return { status: 200, json: await apps.list(namespace === '' ? undefined : namespace, mayRead) };
      },
    }),
    route<AppQuery>({
      method: 'GET',
      path: '/apps/{appName}/',
      name: 'getApp',
      tag: 'apps',
      access: 'viewer',
      summary: 'Read an app as it stands now: versions, pods, traffic; or wait until that changes.',
      query: AppQuery,
      responses: { 200: { description: 'The app', schema: appDetailSchema } },
      problems: ['NOT_FOUND'],
      async handle({ namespace, param, query: { after, wait }, signal }) {
        const appName = param('appName');
        const json =
          after === undefined || wait === undefined
            ? await apps.get(namespace, appName)
            : await apps.wait({ namespace, appName, after, timeoutMs: Number.parseInt(wait, 10) * 1000, signal });
        return { status: 200, json };
      },
    }),
  ];
}
