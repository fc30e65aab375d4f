/** Refusals of the simulated API server, as Kubernetes Status bodies. */

export interface Cause {
  reason: string;
  message: string;
  field: string;
}

export interface StatusBody {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status: 'Failure' | 'Success';
  message?: string;
  reason?: string;
  details?: Record<string, unknown>;
  code?: number;
}

/** Thrown by every part of the simulated API server; the HTTP side answers `body` with its code. */
export class ApiFailure extends Error {
  readonly body: StatusBody;
  readonly code: number;

  constructor(code: number, reason: string | undefined, message: string, details?: Record<string, unknown>) {
    super(message);
    this.name = 'ApiFailure';
    this.code = code;
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details ? { details } : {}),
      code,
    };
  }
}

interface Named {
  group: string;
  plural: string;
  kind: string;
}

const qualified = (resource: Named) => (resource.group ? `${resource.plural}.${resource.group}` : resource.plural);
const details = (resource: Named, name: string) => ({ name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural });

export const notFound = (resource: Named, name: string) =>
  new ApiFailure(404, 'NotFound', `${qualified(resource)} "${name}" not found`, details(resource, name));

export const noSuchResource = () => new ApiFailure(404, 'NotFound', 'the server could not find the requested resource', {});

export const alreadyExists = (resource: Named, name: string) =>
  new ApiFailure(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, details(resource, name));

export const conflict = (resource: Named, name: string, why: string) =>
  new ApiFailure(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, details(resource, name));

export const staleWrite = (resource: Named, name: string) =>
  conflict(resource, name, 'the object has been modified; please apply your changes to the latest version and try again');

export const forbidden = (resource: Named, name: string, why: string, causes?: Cause[]) =>
  new ApiFailure(403, 'Forbidden', `${qualified(resource)} "${name}" is forbidden: ${why}`, {
    ...details(resource, name),
    ...(causes ? { causes } : {}),
  });

export const badRequest = (message: string) => new ApiFailure(400, 'BadRequest', message);

export const methodNotAllowed = () =>
  new ApiFailure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

export const expired = (message: string) => new ApiFailure(410, 'Expired', message);

export const unavailable = (message: string) => new ApiFailure(503, 'ServiceUnavailable', message);

export function invalid(resource: Named, name: string, causes: Cause[]): ApiFailure {
  const kind = resource.group ? `${resource.kind}.${resource.group}` : resource.kind;
  const texts = causes.map(cause => `${cause.field}: ${cause.message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new ApiFailure(422, 'Invalid', `${kind} "${name}" is invalid: ${list}`, {
    name,
    ...(resource.group ? { group: resource.group } : {}),
    kind: resource.kind,
    causes,
  });
}

const shown = (value: unknown) => (value === undefined ? 'null' : JSON.stringify(value));

export const required = (field: string, detail?: string): Cause => ({
  reason: 'FieldValueRequired',
  message: detail ? `Required value: ${detail}` : 'Required value',
  field,
});
export const badValue = (field: string, value: unknown, detail: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${shown(value)}: ${detail}`,
  field,
});
export const unsupported = (field: string, value: unknown, allowed: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${shown(value)}: supported values: ${allowed.map(text => `"${text}"`).join(', ')}`,
  field,
});
export const duplicate = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${shown(value)}`,
  field,
});
export const missingReference = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueNotFound',
  message: `Not found: ${shown(value)}`,
  field,
});
export const forbiddenField = (field: string, detail: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${detail}`,
  field,
});
