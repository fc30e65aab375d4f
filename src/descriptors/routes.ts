/** The routes of descriptors. */

import { changedFields } from '../audit/index.ts';
import { etagOf, FlagParameter, ifMatch, listOf, route, TextParameter, type Route } from '../http/index.ts';
import { Problem } from '../lib/problem.ts';
import { AppListQuery, checkedApp, linkAfter, pageRequest } from './list-route.ts';
import type { Descriptors } from './descriptors.ts';
import { DescriptorDto } from './dto.ts';
import { descriptorSchema, presentDescriptor, verdictSchema } from './views.ts';

class BulkDeleteQuery {
  @TextParameter({ required: true, maxLength: 63, description: 'The app whose descriptors are deleted' })
  appname!: string;

  @FlagParameter({ default: true, description: 'Keeps the newest one' })
  keepLatest?: boolean;
}

class ValidateQuery {
  @FlagParameter({ default: false, description: 'Also asks the API server (a dry run); needs namespace' })
  cluster?: boolean;
}

const location = (namespace: string, id: string): string => `/descriptors/${id}/?namespace=${namespace}`;
const conditional = { 'If-Match': 'ETag that the descriptor must still have' };
const warned = 'One for each thing that is accepted but cannot work as asked';

export function descriptorRoutes({ descriptors }: { descriptors: Descriptors }): Route[] {
  return [
    route({
      method: 'POST',
      path: '/descriptors/',
      name: 'createDescriptor',
      tag: 'descriptors',
      access: 'deployer',
      summary: 'Create a descriptor. Nothing is deployed.',
      body: { dto: DescriptorDto, required: true, raw: true },
      responses: {
        201: {
          description: 'The descriptor as stored',
          schema: descriptorSchema,
          headers: { Location: 'The descriptor', ETag: 'Its revision', Warning: warned },
        },
      },
      problems: ['POLICY_VIOLATION', 'QUOTA_EXCEEDED'],
      async handle({ namespace, body, note }) {
        const { descriptor, revision, warnings } = await descriptors.create(namespace, body);
        note({ target: { kind: 'descriptor', id: descriptor.id }, appName: descriptor.appName });
        return {
          status: 201,
          json: descriptor,
          headers: { Location: location(namespace, descriptor.id), ETag: etagOf(revision) },
          warnings,
        };
      },
    }),
    route<AppListQuery>({
      method: 'GET',
      path: '/descriptors/',
      name: 'listDescriptors',
      tag: 'descriptors',
      access: 'viewer',
      summary: 'List descriptors, newest first.',
      query: AppListQuery,
      responses: {
        200: { description: 'The descriptors', schema: listOf(descriptorSchema), headers: { Link: 'rel="next": the next page' } },
      },
      problems: [],
      async handle({ namespace, query, principal }) {
        const request = pageRequest(namespace, query);
        const page = await descriptors.list(request);
        const headers = linkAfter('/descriptors/', request, page.descriptors, page.more);
        return { status: 200, json: page.descriptors.map(descriptor => presentDescriptor(descriptor, principal)), headers };
      },
    }),
    route<BulkDeleteQuery>({
      method: 'DELETE',
      path: '/descriptors/',
      name: 'deleteDescriptors',
      tag: 'descriptors',
      access: 'deployer',
      summary: 'Delete the descriptors of an app. Nothing is undeployed.',
      query: BulkDeleteQuery,
      responses: {
        200: {
          description: 'The ids of what was deleted',
          schema: {
            type: 'object',
            required: ['deleted'],
            properties: { deleted: { type: 'array', items: { type: 'string', format: 'uuid' } } },
          },
        },
      },
      problems: [],
      async handle({ namespace, query, note }) {
        note({ appName: query.appname });
        const deleted = await descriptors.removeOfApp(namespace, checkedApp(query.appname), query.keepLatest ?? true);
        note({ change: { deleted: deleted.length } });
        return { status: 200, json: { deleted } };
      },
    }),
    route<ValidateQuery>({
      method: 'POST',
      path: '/descriptors/validate',
      name: 'validateDescriptor',
      tag: 'descriptors',
      access: 'viewer',
      namespace: 'optional',
      summary: 'Say everything that is wrong with a descriptor. Nothing is stored.',
      query: ValidateQuery,
      body: { dto: DescriptorDto, required: true, raw: true },
      responses: { 200: { description: 'The verdict', schema: verdictSchema } },
      problems: [],
      async handle({ namespace, query, body }) {
        if (query.cluster === true && namespace === '') {
          const message = 'is missing; the cluster is asked about a namespace';
          throw new Problem('INVALID', `?namespace ${message}`, { faults: [{ pointer: '?namespace', message }] });
        }
        return { status: 200, json: await descriptors.validate(namespace, body, query.cluster ?? false) };
      },
    }),
    route({
      method: 'GET',
      path: '/descriptors/{id}/',
      name: 'getDescriptor',
      tag: 'descriptors',
      access: 'viewer',
      summary: 'Read a descriptor.',
      responses: { 200: { description: 'The descriptor', schema: descriptorSchema, headers: { ETag: 'Its revision' } } },
      problems: ['NOT_FOUND'],
      async handle({ namespace, param, principal }) {
        const { descriptor, revision } = await descriptors.get(namespace, param('id'));
        return { status: 200, json: presentDescriptor(descriptor, principal), headers: { ETag: etagOf(revision) } };
      },
    }),
    route({
      method: 'PUT',
      path: '/descriptors/{id}/',
      name: 'replaceDescriptor',
      tag: 'descriptors',
      access: 'deployer',
      summary: 'Replace a descriptor. Nothing is deployed.',
      headers: conditional,
      body: { dto: DescriptorDto, required: true, raw: true },
      responses: { 204: { description: 'Replaced', headers: { ETag: 'Its new revision', Warning: warned } } },
      problems: ['NOT_FOUND', 'POLICY_VIOLATION', 'PRECONDITION_FAILED'],
      async handle({ namespace, param, body, header, note }) {
        const { descriptor, before, revision, warnings } = await descriptors.replace(
          namespace,
          param('id'),
          body,
          ifMatch(header('If-Match')),
        );
        // lastModified changes always.
        const change = changedFields(before, { ...descriptor, lastModified: before.lastModified });
        note({ appName: descriptor.appName, change });
        return { status: 204, headers: { ETag: etagOf(revision) }, warnings };
      },
    }),
    route({
      method: 'DELETE',
      path: '/descriptors/{id}/',
      name: 'deleteDescriptor',
      tag: 'descriptors',
      access: 'deployer',
      summary: 'Delete a descriptor. Nothing is undeployed.',
      headers: conditional,
      responses: { 200: { description: 'Deleted' } },
      problems: ['NOT_FOUND', 'PRECONDITION_FAILED'],
      async handle({ namespace, param, header, note }) {
        const { appName } = await descriptors.remove(namespace, param('id'), ifMatch(header('If-Match')));
        note({ appName, change: { deleted: 1 } });
        return { status: 200 };
      },
    }),
  ];
}
