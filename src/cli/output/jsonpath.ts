/** The JSONPath of kubectl, as far as people use it: `{.a.b}`, `[0]`, `[-1]`, `[*]`, `..name`, `['a.b']`, `[?(@.x=="y")]`, `{range ...}...{end}`, texts. Pure. */

import { usageFailure } from '../exits.ts';

type Step =
  | { kind: 'name'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'all' }
  | { kind: 'deep'; name: string }
  | { kind: 'where'; path: Step[]; operator: string; value: unknown };

type Part = { kind: 'text'; text: string } | { kind: 'path'; steps: Step[] } | { kind: 'range'; steps: Step[]; body: Part[] };

const fault = (template: string, what: string) => usageFailure(`jsonpath ${template}: ${what}`);

/** Throws Failure when the template cannot be read. */
export function jsonPath(template: string, value: unknown): string {
  // `.metadata.name` without braces is what one types first.
  const whole = /^[.[$]/.test(template) ? `{${template}}` : template;
  const { parts, rest } = partsOf(whole, template, false);
  if (rest !== '') throw fault(template, '{end} without {range}');
  return render(parts, value);
}

function partsOf(text: string, template: string, inRange: boolean): { parts: Part[]; rest: string } {
  const parts: Part[] = [];
  let left = text;
  while (left !== '') {
    const open = left.indexOf('{');
    if (open !== 0) parts.push({ kind: 'text', text: open < 0 ? left : left.slice(0, open) });
    if (open < 0) return closed(parts, '', template, inRange);
    const inside = /^\{((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^}"'])*)\}/.exec(left.slice(open));
    if (inside === null) throw fault(template, 'a { is never closed');
    left = left.slice(open + inside[0].length);
    const content = (inside[1] ?? '').trim();
    if (content === 'end') return inRange ? { parts, rest: left } : { parts, rest: `{end}${left}` };
    if (content.startsWith('range ')) {
      const body = partsOf(left, template, true);
      parts.push({ kind: 'range', steps: stepsOf(content.slice(6).trim(), template), body: body.parts });
      left = body.rest;
    } else if (content.startsWith('"')) parts.push({ kind: 'text', text: JSON.parse(content) as string });
    else if (content.startsWith("'")) parts.push({ kind: 'text', text: content.slice(1, -1) });
    else parts.push({ kind: 'path', steps: stepsOf(content, template) });
  }
  return closed(parts, '', template, inRange);
}

function closed(parts: Part[], rest: string, template: string, inRange: boolean): { parts: Part[]; rest: string } {
  if (inRange) throw fault(template, '{range} without {end}');
  return { parts, rest };
}

const patterns: [pattern: RegExp, make: (match: RegExpExecArray, template: string) => Step][] = [
  [/^\.\.([\w-]+)/, match => ({ kind: 'deep', name: match[1] ?? '' })],
  [/^(?:\.\*|\[\*\]|\.\[\*\])/, () => ({ kind: 'all' })],
  [/^\.?\[(-?\d+)\]/, match => ({ kind: 'index', index: Number(match[1]) })],
  [/^\.?\[(?:'([^']*)'|"([^"]*)")\]/, match => ({ kind: 'name', name: match[1] ?? match[2] ?? '' })],
  [
    /^\.?\[\?\(\s*@((?:\.[\w-]+)+)\s*(?:(==|!=)\s*("[^"]*"|'[^']*'|[\w.-]+)\s*)?\)\]/,
    (match, template) => ({ kind: 'where', path: stepsOf(match[1] ?? '', template), operator: match[2] ?? '', value: literal(match[3]) }),
  ],
  [/^\.((?:[\w-]|\\\.|\/)+)/, match => ({ kind: 'name', name: (match[1] ?? '').replaceAll('\\.', '.') })],
];

function stepsOf(path: string, template: string): Step[] {
  const steps: Step[] = [];
  let left = path.replace(/^[$@]/, '');
  if (left === '.') left = '';
  while (left !== '') {
    const found = patterns.map(([pattern, make]) => ({ match: pattern.exec(left), make })).find(({ match }) => match !== null);
    if (found?.match == null) throw fault(template, `"${left}" cannot be read`);
    steps.push(found.make(found.match, template));
    left = left.slice(found.match[0].length);
  }
  return steps;
}

const literal = (text = ''): unknown =>
  /^["']/.test(text)
    ? text.slice(1, -1)
    : ({ true: true, false: false, null: null }[text] ?? (Number.isNaN(Number(text)) ? text : Number(text)));

const childrenOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : typeof value === 'object' && value !== null ? Object.values(value) : [];

const fieldOf = (value: unknown, name: string): unknown[] =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? [(value as Record<string, unknown>)[name]] : [];

function take(value: unknown, step: Step): unknown[] {
  switch (step.kind) {
    case 'name':
      return fieldOf(value, step.name);
    case 'index':
      return Array.isArray(value) && value.at(step.index) !== undefined ? [value.at(step.index)] : [];
    case 'all':
      return childrenOf(value);
    case 'deep':
      return [...fieldOf(value, step.name), ...childrenOf(value).flatMap(child => take(child, step))];
    case 'where':
      return childrenOf(value).filter(child => {
        const [found] = find(child, step.path);
        if (step.operator === '') return found !== undefined;
        return (found === step.value) === (step.operator === '==');
      });
  }
}

const find = (value: unknown, steps: readonly Step[]): unknown[] =>
  steps.reduce<unknown[]>((found, step) => found.flatMap(item => take(item, step)), [value]);

const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

const render = (parts: readonly Part[], value: unknown): string =>
  parts
    .map(part => {
      if (part.kind === 'text') return part.text;
      const found = find(value, part.steps);
      return part.kind === 'path' ? found.map(shown).join(' ') : found.map(item => render(part.body, item)).join('');
    })
    .join('');
