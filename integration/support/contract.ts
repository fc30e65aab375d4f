/** Holds every answer to the published document: its status must be listed for that route, its media type too, and its body must have the promised shape. */

import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

interface Operation {
  responses: Record<string, ResponseEntry>;
}
interface ResponseEntry {
  $ref?: string;
  content?: Record<string, { schema?: object }>;
}
interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

export interface Contract {
  /** Throws when the document does not promise this answer. */
  check(method: string, path: string, answer: Answer): void;
  /** `METHOD template` of every operation, and how often each was checked. */
  readonly counted: ReadonlyMap<string, number>;
}

const escaped = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const bare = (path: string): string => path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');

const pointerPart = (text: string): string => encodeURIComponent(text.replace(/~/g, '~0').replace(/\//g, '~1'));

export function createContract(document: object): Contract {
  const api = document as OpenApi;
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'api');
  const compiled = new Map<string, ValidateFunction>();
  const counted = new Map<string, number>();
  const templates = Object.keys(api.paths)
    .map(template => ({
      template,
      pattern: new RegExp(
        `^${bare(template)
          .split(/\{[^}]+\}/)
          .map(escaped)
          .join('[^/]+')}$`,
      ),
    }))
    // A literal path wins over one with a parameter: `/descriptors/validate` is not an id.
    .sort((a, b) => a.template.split('{').length - b.template.split('{').length);
  for (const [template, operations] of Object.entries(api.paths)) {
    for (const method of Object.keys(operations))
      if (/^(get|put|post|delete)$/.test(method)) counted.set(`${method.toUpperCase()} ${template}`, 0);
  }

  function responseOf(template: string, method: string, status: number): { pointer: string; entry: ResponseEntry } | undefined {
    const responses = api.paths[template]?.[method]?.responses ?? {};
    const key = [String(status), `${String(status)[0]}XX`, 'default'].find(name => name in responses);
    if (key === undefined) return undefined;
    const entry = responses[key] ?? {};
    if (!entry.$ref) return { pointer: `#/paths/${pointerPart(template)}/${method}/responses/${key}`, entry };
    const target = entry.$ref
      .slice(2)
      .split('/')
      .reduce<unknown>((holder, part) => (holder as Record<string, unknown>)[part], document);
    return { pointer: entry.$ref, entry: target as ResponseEntry };
  }

  function validator(pointer: string): ValidateFunction {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `api${pointer}` });
    compiled.set(pointer, known);
    return known;
  }

  return {
    counted,
    check(method, path, answer) {
      const about = `${method} ${path} -> ${answer.status}`;
      const lower = method.toLowerCase();
      const found = templates.find(({ template, pattern }) => pattern.test(bare(path)) && api.paths[template]?.[lower]);
      if (!found) {
        // The page that shows the document is none of its operations.
        if (answer.status === 404 || answer.status === 405 || bare(path) === '/apidocs') return;
        throw new Error(`${about}: the document has no such operation`);
      }
      const name = `${method} ${found.template}`;
      counted.set(name, (counted.get(name) ?? 0) + 1);
      const response = responseOf(found.template, lower, answer.status);
      if (!response) throw new Error(`${about}: the document does not list this status: ${answer.text.slice(0, 300)}`);
      const { content } = response.entry;
      if (!content) {
        if (answer.text !== '') throw new Error(`${about}: the document promises no content, but there is: ${answer.text.slice(0, 100)}`);
        return;
      }
      const type = (answer.headers['content-type'] ?? '').split(';')[0] ?? '';
      if (!(type in content)) throw new Error(`${about}: media type "${type}" is not one of ${Object.keys(content).join(', ')}`);
      if (!/json$/.test(type) || content[type]?.schema === undefined) return;
      const validate = validator(`${response.pointer}/content/${pointerPart(type)}/schema`);
      if (!validate(JSON.parse(answer.text)))
        throw new Error(`${about}: ${ajv.errorsText(validate.errors)} in ${answer.text.slice(0, 600)}`);
    },
  };
}

/** The document as it is committed. */
export const readContract = (): Contract =>
  createContract(parse(readFileSync(new URL('../../api/openapi.yaml', import.meta.url), 'utf8')) as object);
