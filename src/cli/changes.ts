/** `--set`: changes of a descriptor from the command line. Pure. */

import { nearest } from '../lib/nearest.ts';
import type { Container, Descriptor } from './api/types.ts';
import { usageFailure } from './exits.ts';

export const applySets = (descriptor: Descriptor, sets: readonly string[]): Descriptor =>
  sets.reduce<Descriptor>((changed, set) => applySet(changed, set), structuredClone(descriptor));

function applySet(descriptor: Descriptor, set: string): Descriptor {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(set) ?? [];
  if (key === undefined || value === undefined) throw usageFailure(`--set takes KEY=VALUE; it is "${set}"`);
  if (key === 'image' || key.startsWith('image.')) {
    containerFor(descriptor, key.slice('image.'.length)).image = value;
    return descriptor;
  }
  setAt(descriptor, key, value);
  return descriptor;
}

const list = (value: unknown): Container[] => (Array.isArray(value) ? (value as Container[]) : []);

function containerFor({ podspec }: Descriptor, name: string): Container {
  const main = list(podspec?.containers);
  const all = [...main, ...list(podspec?.initContainers)];
  const names = all.map(container => container.name);
  const [only] = main;
  if (name === '') {
    if (only !== undefined && main.length === 1) return only;
    throw usageFailure(
      main.length === 0
        ? '--set image: the descriptor has no container'
        : `--set image: there are several containers; say which: ${names.map(each => `image.${each}=`).join(', ')}`,
    );
  }
  const found = all.find(container => container.name === name);
  if (found !== undefined) return found;
  const meant = nearest(name, names);
  throw usageFailure(
    `--set image.${name}: there is no container ${name}${meant === undefined ? `; there are ${names.join(', ')}` : `; did you mean ${meant}?`}`,
  );
}

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** `\.` is a dot that belongs to a name; a number picks an item of a list. */
function setAt(root: Descriptor, path: string, text: string): void {
  const names = path.split(/(?<!\\)\./).map(name => name.replaceAll('\\.', '.'));
  if (names.some(name => name === '' || forbidden.has(name))) throw usageFailure(`--set ${path}: this is no path into a descriptor`);
  const last = names.pop() ?? '';
  let place: Record<string, unknown> = root;
  for (const [index, name] of names.entries()) {
    const next = place[name] ?? {};
    if (typeof next !== 'object') throw usageFailure(`--set ${path}: ${names.slice(0, index + 1).join('.')} is no mapping`);
    place[name] = next;
    place = next as Record<string, unknown>;
  }
  if (Array.isArray(place) && !(Number(last) <= place.length))
    throw usageFailure(`--set ${path}: the list has ${place.length} items, counted from 0`);
  place[last] = valueOf(text, place[last]);
}

/** A text stays a text; where nothing stood, what looks like JSON is JSON, so that `replicas=3` is a number and `newVersion=1.10` is not. */
function valueOf(text: string, before: unknown): unknown {
  if (typeof before === 'string') return text;
  if (/^(true|false|null|0|-?[1-9]\d{0,14})$/.test(text) || /^[[{"]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return text;
}
