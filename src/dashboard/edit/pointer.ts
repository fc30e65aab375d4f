/** Reading and changing one place of a JSON value by its pointer (RFC 6901). Values that are given stay as they are; copies share what did not change. Pure. */

export const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));

export const pointerOf = (steps: readonly (string | number)[]): string =>
  steps.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

type Holder = Record<string, unknown>;

const isHolder = (value: unknown): value is Holder => typeof value === 'object' && value !== null;

export function valueAt(root: unknown, pointer: string): unknown {
  return stepsOf(pointer).reduce<unknown>((value, step) => (isHolder(value) && Object.hasOwn(value, step) ? value[step] : undefined), root);
}

/** `undefined` takes the place away. Objects that are missing on the way are made. */
export function withValue<T>(root: T, pointer: string, value: unknown): T {
  return placed(root, stepsOf(pointer), value) as T;
}

function placed(holder: unknown, [step, ...rest]: string[], value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(holder)) {
    const copy = [...(holder as unknown[])];
    const index = Number(step);
    const next = placed(copy[index], rest, value);
    if (next === undefined && rest.length === 0) copy.splice(index, 1);
    else copy[index] = next;
    return copy;
  }
  const { [step]: old, ...others } = isHolder(holder) ? holder : {};
  const next = placed(old, rest, value);
  if (next === undefined) return others;
  // The order of fields stays: a form must not shuffle the text beside it.
  return isHolder(holder) && step in holder ? { ...holder, [step]: next } : { ...others, [step]: next };
}
