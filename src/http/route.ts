/** One entry of the route table. Router, validation, API document and its tests are all driven by it, so that they cannot disagree. */

import type { Access, Principal } from '../access/index.ts';
import type { Deed } from '../audit/index.ts';
import type { ProblemCode } from '../lib/problem.ts';
import type { JsonSchema, NamedSchema } from './schema.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- the constructor of any DTO class
export type DtoClass<T extends object = object> = new (...args: any[]) => T;

/** What a handler is given: everything is checked, nothing is raw. */
export interface Call<Query extends object = object, Body = unknown> {
  /** A path parameter, decoded. It is whatever the client sent: check it before a key is built from it. */
  param(name: string): string;
  query: Query;
  body: Body;
  /** A valid namespace name that is served here and in which the principal has the route's right; '' when absent on a route where it is optional or unknown. */
  namespace: string;
  principal: Principal;
  requestId: string;
  /** Tells the audit what this request is about, as soon as that is known; what is told later is added. */
  note(deed: Deed): void;
  header(name: string): string | undefined;
  /** Aborts when the client goes away or the server stops. For handlers that wait. */
  signal: AbortSignal;
}

/** What a handler returns. At most one of `json`, `text` and `stream`; none = an answer without content. */
export interface Answer {
  status: number;
  json?: unknown;
  text?: string;
  /** Sent chunk by chunk as it comes. */
  stream?: AsyncIterable<string>;
  /** Of `text` and `stream`; default `text/plain; charset=utf-8`. */
  type?: string;
  headers?: Record<string, string>;
  /** One `Warning: 299` header each. */
  warnings?: string[];
}

export interface ResponseDescription {
  description: string;
  /** Of the JSON body; absent = no JSON body. */
  schema?: NamedSchema | JsonSchema;
  /** Further media types of the same answer, for example `text/plain`. */
  texts?: string[];
  /** Headers of the answer and what they say. */
  headers?: Partial<Record<'Location' | 'Link' | 'ETag' | 'Warning' | 'Retry-After', string>>;
}

export interface BodyDescription<Body> {
  /** Its class-validator rules guard the body and give its schema. */
  dto: DtoClass<Body & object>;
  required: boolean;
  /** The use case checks the body itself because it wants all faults at once: the handler then gets the JSON as it was sent. */
  raw?: true;
}

export interface RouteDefinition<Query extends object, Body> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As in the document, for example `/descriptors/{id}/`. With and without the last slash is the same route. */
  path: string;
  /** One line. */
  summary: string;
  description?: string;
  tag: 'descriptors' | 'deployments' | 'apps' | 'environment' | 'audit' | 'about' | 'system';
  /** Unique; the document's operationId. */
  name: string;
  access: Access;
  /** Whether `?namespace=` must be there. Default `required`. */
  namespace?: 'required' | 'optional' | 'none';
  /** Asks for a deployment: counted among those of its namespace. */
  deploys?: true;
  /** A class whose fields carry the decorators of parameters.ts. Unknown and repeated parameters are refused. */
  query?: DtoClass<Query>;
  /** Request headers that the handler looks at. */
  headers?: Record<string, string>;
  body?: BodyDescription<Body>;
  /** By status. */
  responses: Record<number, ResponseDescription>;
  /** The refusals of its own; those that every route of its kind can give (INVALID, UNAUTHENTICATED, UNAVAILABLE, ...) come by themselves. */
  problems: readonly ProblemCode[];
  handle(call: Call<Query, Body>): Promise<Answer>;
}

/** A definition whose types are settled. */
export type Route = Omit<RouteDefinition<object, unknown>, 'handle'> & { handle(call: Call<never, never>): Promise<Answer> };

/** `route({ ..., query: ListQuery, handle: async ({ query }) => ... })`: `query` has the type of its class. */
export function route<Query extends object = object, Body = unknown>(definition: RouteDefinition<Query, Body>): Route {
  return definition;
}

/** Whether it is for changing something: what viewers may send (GET, and the POST of a validation) only asks. */
export const isChange = ({ method, access }: Route): boolean => method !== 'GET' && (access === 'deployer' || access === 'admin');

/** All refusals of a route: its own and those of its kind. */
export function problemsOf(entry: Route): ProblemCode[] {
  const codes = new Set<ProblemCode>(entry.problems);
  if (entry.namespace !== 'none' || entry.query !== undefined || entry.body !== undefined) codes.add('INVALID');
  if (entry.access !== 'public') codes.add('UNAUTHENTICATED').add('FORBIDDEN');
  if (entry.access !== 'public' && entry.method !== 'GET') codes.add('TOO_MANY_REQUESTS');
  if (entry.body !== undefined) codes.add('TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE');
  if (entry.tag !== 'system') codes.add('UNAVAILABLE').add('INTERNAL');
  return [...codes];
}
