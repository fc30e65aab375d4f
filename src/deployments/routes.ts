/** The routes of deployments. */

import { AppListQuery, checkedApp, linkAfter, pageRequest } from '../descriptors/index.ts';
import { ChoiceField, FlagParameter, listOf, ObjectField, route, TextParameter, type Route } from '../http/index.ts';
import type { Deployments } from './deployments.ts';
import { deedOf } from './deed.ts';
import { logRoute } from './log-route.ts';
import { deploymentPath, presentDeployment } from './present.ts';
import { clearedSchema, deploymentSchema, healthSchema, rolledBackSchema } from './schemas.ts';
import { untils, type Until } from './tail.ts';

class AcceptQuery {
  @TextParameter({ required: true, maxLength: 200, description: 'The descriptor to deploy' })
  descriptorId!: string;
}

/** What may differ from the descriptor in this deployment. */
export class AcceptDto {
  @ObjectField({
    description: 'Container name to image reference: replaces images in the copy that is deployed',
    example: { web: 'registry.example.com/shop/web:1.2' },
    schema: { type: 'object', additionalProperties: { type: 'string' } },
  })
  images?: Record<string, string>;
}

class ReadQuery {
  @TextParameter({
    maxLength: 4,
    pattern: /^([1-9]|[1-5][0-9]|60)s?$/,
    rule: '1 to 60 seconds, for example 30s',
    description: 'Answers when status or phase has changed, at once when the status is an end, or when this time is over',
    example: '30s',
  })
  wait?: string;

  @ChoiceField({
    choices: untils,
    description: 'With wait: waits on until the status is an end (deployed) or nothing more will happen (settled)',
  })
  until?: Until;
}

class RemoveQuery {
  @FlagParameter({ default: false, description: 'Deletes record, logs and health data when everything else is done' })
  deleteDeployment?: boolean;
}

class ClearQuery extends RemoveQuery {
  @TextParameter({ required: true, maxLength: 63, description: 'The app whose history is deleted' })
  appname!: string;

  @FlagParameter({ default: false, description: 'Also undeploys the live deployment' })
  undeploy?: boolean;
}

const location = { Location: 'The deployment' };
const newLocation = { Location: 'The new deployment' };

export function deploymentRoutes({ deployments }: { deployments: Deployments }): Route[] {
  return [
    route<AcceptQuery, AcceptDto | undefined>({
      method: 'POST',
      path: '/deployments/',
      name: 'deploy',
      tag: 'deployments',
      access: 'deployer',
      deploys: true,
      summary: 'Deploy a descriptor.',
      description: 'The same request under the same Idempotency-Key within 24 hours gives the same deployment again.',
      query: AcceptQuery,
      headers: { 'Idempotency-Key': 'Makes it safe to send the request again' },
      body: { dto: AcceptDto, required: false },
      responses: {
        202: {
          description: 'Accepted',
          schema: deploymentSchema,
          headers: { ...location, Warning: 'One for each thing that is accepted but cannot work as asked' },
        },
      },
      problems: ['NOT_FOUND', 'POLICY_VIOLATION', 'HOST_TAKEN', 'NAME_TAKEN', 'CONFLICT', 'IDEMPOTENCY_KEY_REUSED'],
      async handle({ namespace, query, body, principal, header, note }) {
        note({ change: { descriptorId: query.descriptorId } });
        const idempotencyKey = header('Idempotency-Key');
        const deployment = await deployments.accept({
          namespace,
          descriptorId: query.descriptorId,
          principal: principal.name,
          images: body?.images ?? {},
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        });
        note(deedOf(deployment));
        return {
          status: 202,
          json: presentDeployment(deployment, principal),
          headers: { Location: deploymentPath(deployment) },
          warnings: deployment.warnings,
        };
      },
    }),
    route<AppListQuery>({
      method: 'GET',
      path: '/deployments/',
      name: 'listDeployments',
      tag: 'deployments',
      access: 'viewer',
      summary: 'List deployments, newest first.',
      query: AppListQuery,
      responses: {
        200: { description: 'The deployments', schema: listOf(deploymentSchema), headers: { Link: 'rel="next": the next page' } },
      },
      problems: [],
      async handle({ namespace, query, principal }) {
        const request = pageRequest(namespace, query);
        const page = await deployments.list(request);
        const headers = linkAfter('/deployments/', request, page.deployments, page.more);
        return { status: 200, json: page.deployments.map(deployment => presentDeployment(deployment, principal)), headers };
      },
    }),
    route<ClearQuery>({
      method: 'DELETE',
      path: '/deployments/',
      name: 'clearDeployments',
      tag: 'deployments',
      access: 'deployer',
      summary: "Delete an app's settled deployments in FAILURE or UNDEPLOYED.",
      query: ClearQuery,
      responses: { 202: { description: 'What was deleted and what is being undeployed', schema: clearedSchema } },
      problems: ['SWITCH_IN_PROGRESS'],
      async handle({ namespace, query, principal, note }) {
        const { undeploy = false, deleteDeployment = false } = query;
        note({ appName: query.appname });
        const appName = checkedApp(query.appname);
        const cleared = await deployments.clear({ namespace, appName, principal: principal.name, undeploy, deleteDeployment });
        const [id] = cleared.undeploying;
        note({ change: { deleted: cleared.deleted.length }, ...(id === undefined ? {} : { target: { kind: 'deployment', id } }) });
        return { status: 202, json: cleared };
      },
    }),
    route<ReadQuery>({
      method: 'GET',
      path: '/deployments/{id}/',
      name: 'getDeployment',
      tag: 'deployments',
      access: 'viewer',
      summary: 'Read a deployment, or wait for it.',
      query: ReadQuery,
      responses: { 200: { description: 'The deployment', schema: deploymentSchema } },
      problems: ['NOT_FOUND'],
      async handle({ namespace, param, query, principal, signal }) {
        const id = param('id');
        const deployment =
          query.wait === undefined
            ? await deployments.get(namespace, id)
            : await deployments.wait({ namespace, id, timeoutMs: Number.parseInt(query.wait, 10) * 1000, until: query.until, signal });
        return { status: 200, json: presentDeployment(deployment, principal) };
      },
    }),
    route({
      method: 'PUT',
      path: '/deployments/{id}/',
      name: 'redeploy',
      tag: 'deployments',
      access: 'deployer',
      deploys: true,
      summary: 'Deploy the stored copy of its descriptor again. The body is ignored.',
      responses: { 202: { description: 'Accepted', schema: deploymentSchema, headers: newLocation } },
      problems: ['NOT_FOUND', 'POLICY_VIOLATION', 'HOST_TAKEN', 'NAME_TAKEN', 'CONFLICT'],
      async handle({ namespace, param, principal, note }) {
        const deployment = await deployments.redeploy({ namespace, id: param('id'), principal: principal.name });
        note(deedOf(deployment));
        return {
          status: 202,
          json: presentDeployment(deployment, principal),
          headers: { Location: deploymentPath(deployment) },
          warnings: deployment.warnings,
        };
      },
    }),
    route<RemoveQuery>({
      method: 'DELETE',
      path: '/deployments/{id}/',
      name: 'removeDeployment',
      tag: 'deployments',
      access: 'deployer',
      summary: 'Undeploy or cancel a deployment, and delete its record when asked.',
      query: RemoveQuery,
      responses: { 202: { description: 'Accepted', headers: location } },
      problems: ['NOT_FOUND', 'SWITCH_IN_PROGRESS'],
      async handle({ namespace, param, query, principal, note }) {
        const id = param('id');
        const { deleteDeployment = false } = query;
        const { appName, version } = await deployments.remove({ namespace, id, principal: principal.name, deleteDeployment });
        note({ appName, change: { version, ...(deleteDeployment ? { deleted: 1 } : {}) } });
        return { status: 202, headers: { Location: deploymentPath({ namespace, id }) } };
      },
    }),
    logRoute({ deployments }),
    route({
      method: 'GET',
      path: '/deployments/{id}/healthcheckdata',
      name: 'getHealthCheckData',
      tag: 'deployments',
      access: 'viewer',
      summary: 'Read what the health checks of the pods answered last.',
      responses: { 200: { description: 'One for each pod that was checked', schema: listOf(healthSchema) } },
      problems: ['NOT_FOUND'],
      async handle({ namespace, param }) {
        return { status: 200, json: await deployments.health(namespace, param('id')) };
      },
    }),
    route({
      method: 'POST',
      path: '/deployments/{id}/promote',
      name: 'promote',
      tag: 'deployments',
      access: 'deployer',
      summary: 'Let a deployment that waits take the traffic.',
      responses: { 202: { description: 'Accepted', schema: deploymentSchema, headers: location } },
      problems: ['NOT_FOUND', 'NOT_WAITING'],
      async handle({ namespace, param, principal, note }) {
        const deployment = await deployments.promote({ namespace, id: param('id'), principal: principal.name });
        note(deedOf(deployment));
        return { status: 202, json: presentDeployment(deployment, principal), headers: { Location: deploymentPath(deployment) } };
      },
    }),
    route({
      method: 'POST',
      path: '/deployments/{id}/abort',
      name: 'abort',
      tag: 'deployments',
      access: 'deployer',
      summary: 'Give up a deployment before its switch.',
      responses: { 202: { description: 'Accepted', schema: deploymentSchema, headers: location } },
      problems: ['NOT_FOUND', 'NOT_WAITING', 'SWITCH_IN_PROGRESS'],
      async handle({ namespace, param, principal, note }) {
        const deployment = await deployments.abort({ namespace, id: param('id'), principal: principal.name });
        note(deedOf(deployment));
        return { status: 202, json: presentDeployment(deployment, principal), headers: { Location: deploymentPath(deployment) } };
      },
    }),
    route({
      method: 'POST',
      path: '/deployments/{id}/rollback',
      name: 'rollback',
      tag: 'deployments',
      access: 'deployer',
      summary: 'Go back from the live deployment to the version before it.',
      description: 'While the previous version still runs this is one switch; afterwards its descriptor is deployed anew.',
      responses: { 202: { description: 'Accepted', schema: rolledBackSchema, headers: newLocation } },
      problems: ['NOT_FOUND', 'NOT_LIVE', 'NO_PREVIOUS', 'POLICY_VIOLATION', 'SWITCH_IN_PROGRESS', 'HOST_TAKEN', 'NAME_TAKEN', 'CONFLICT'],
      async handle({ namespace, param, principal, note }) {
        const { deployment, cancelled } = await deployments.rollback({ namespace, id: param('id'), principal: principal.name });
        note(deedOf(deployment));
        const { descriptor, ...view } = presentDeployment(deployment, principal);
        return { status: 202, json: { ...view, cancelled, descriptor }, headers: { Location: deploymentPath(deployment) } };
      },
    }),
  ];
}
