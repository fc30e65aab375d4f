/** Kinds of settings: what a value looks like, how it is read from text, and what is said when it is wrong. Pure. */

export interface Setting<T> {
  /** Without dashes; also the key in the file. The variable is made of it: `etcd-ca` is TEAL_ETCD_CA. */
  flag: string;
  /** Other spellings of the flag. */
  aliases: string[];
  /** What the value is, for the help; absent = a switch without value. */
  takes?: string;
  default: T;
  /** The default in words when the value does not say it. */
  otherwise?: string;
  help: string;
  /** Its value is masked wherever settings are shown. */
  secret: boolean;
  /** The value, or what is wrong with the text. */
  read(text: string): { value: T } | { fault: string };
}

export type Extra = { aliases?: string[]; otherwise?: string; secret?: boolean };
export const base = (flag: string, help: string, { aliases = [], otherwise, secret = false }: Extra) => ({
  flag,
  aliases,
  help,
  secret,
  ...(otherwise === undefined ? {} : { otherwise }),
});

export const text = (flag: string, takes: string, help: string, extra: Extra = {}): Setting<string | undefined> => ({
  ...base(flag, help, extra),
  takes,
  default: undefined,
  read: value => (value === '' ? { fault: 'must not be empty' } : { value }),
});

export const word = (flag: string, takes: string, fallback: string, help: string, extra: Extra = {}): Setting<string> => ({
  ...base(flag, help, extra),
  takes,
  default: fallback,
  read: value => (value === '' ? { fault: 'must not be empty' } : { value }),
});

export function urlFault(value: string, protocols: string[]): string | undefined {
  try {
    return protocols.includes(new URL(value).protocol)
      ? undefined
      : `must be a URL starting with ${protocols.map(protocol => `${protocol}//`).join(' or ')}`;
  } catch {
    return `must be a URL starting with ${protocols.map(protocol => `${protocol}//`).join(' or ')}`;
  }
}

export const url = (flag: string, help: string, extra: Extra = {}): Setting<string | undefined> => ({
  ...base(flag, help, extra),
  takes: 'URL',
  default: undefined,
  read(value) {
    const fault = urlFault(value, ['http:', 'https:']);
    return fault === undefined ? { value } : { fault };
  },
});

export const integer = (
  flag: string,
  takes: string,
  fallback: number,
  [min, max]: [number, number],
  help: string,
  extra: Extra = {},
): Setting<number> => ({
  ...base(flag, help, extra),
  takes,
  default: fallback,
  read(value) {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    return number >= min && number <= max ? { value: number } : { fault: `must be an integer from ${min} to ${max}` };
  },
});

export const choice = <T extends string>(
  flag: string,
  choices: readonly T[],
  fallback: T,
  help: string,
  extra: Extra = {},
): Setting<T> => ({
  ...base(flag, help, extra),
  takes: choices.join('|'),
  default: fallback,
  read(value) {
    const found = choices.find(candidate => candidate === value);
    return found === undefined ? { fault: `must be one of ${choices.join(', ')}` } : { value: found };
  },
});

export const onOff = (flag: string, help: string, extra: Extra = {}): Setting<boolean> => ({
  ...base(flag, help, extra),
  default: false,
  read: value => (value === 'true' || value === 'false' ? { value: value === 'true' } : { fault: 'must be true or false' }),
});

export const list = (
  flag: string,
  takes: string,
  help: string,
  whyNot: (item: string) => string | undefined,
  extra: Extra = {},
): Setting<string[] | undefined> => listOr(undefined, flag, takes, help, whyNot, extra);

/** A list with a default. */
export const listOr = <D extends string[] | undefined>(
  fallback: D,
  flag: string,
  takes: string,
  help: string,
  whyNot: (item: string) => string | undefined,
  extra: Extra = {},
): Setting<string[] | D> => ({
  ...base(flag, help, extra),
  takes,
  default: fallback,
  read(value) {
    const items = value.split(',').map(item => item.trim());
    const fault = items.map(whyNot).find(why => why !== undefined);
    return fault === undefined ? { value: items } : { fault };
  },
});

/** `NAME=CHOICE[,...]`: a choice for each of some names. */
export const choices = <T extends string>(
  flag: string,
  takes: string,
  help: string,
  options: readonly T[],
  whyNot: (name: string) => string | undefined,
  extra: Extra = {},
): Setting<Record<string, T>> => ({
  ...base(flag, help, extra),
  takes,
  default: {},
  read(value) {
    const found = new Map<string, T>();
    for (const item of value.split(',')) {
      const [name = '', given, ...more] = item.split('=').map(part => part.trim());
      const option = options.find(candidate => candidate === given);
      const why = whyNot(name);
      if (given === undefined || more.length > 0) return { fault: `must be ${takes}` };
      if (why !== undefined) return { fault: `${why} before "="` };
      if (option === undefined) return { fault: `must give ${name} one of ${options.join(', ')}` };
      if (found.has(name)) return { fault: `must name ${name} once` };
      found.set(name, option);
    }
    return { value: Object.fromEntries(found) };
  },
});
