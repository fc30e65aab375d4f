/** Where the text of settings comes from: flags and a YAML file. Pure but for the file. */

import { parse as parseYaml } from 'yaml';
import { nearest } from './nearest.ts';
import type { Setting } from './setting.ts';
import { whyNotYaml } from './why-not-yaml.ts';

type Named = Pick<Setting<unknown>, 'flag' | 'aliases' | 'takes'>;

/** `; did you mean X?`, where something known is near. */
export const hint = (name: string, known: string[]): string => {
  const meant = nearest(name, known);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
};

/** Values by flag as the command line gives them; faults are added. */
export function readFlags(settings: readonly Named[], argv: readonly string[], faults: string[]): Map<string, string> {
  const found = new Map<string, string>();
  const known = settings.flatMap(setting => [setting.flag, ...setting.aliases]);
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    const [, given, inline] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(argument) ?? [];
    if (given === undefined) {
      faults.push(`"${argument}" is neither a flag nor the value of one`);
      continue;
    }
    const setting = settings.find(candidate => candidate.flag === given || candidate.aliases.includes(given));
    if (setting === undefined) {
      faults.push(`--${given} is not a flag of Teal${hint(given, known).replace('mean ', 'mean --')}`);
      // What follows an unknown flag is most likely its value; saying that too would only be noise.
      if (inline === undefined && argv[index + 1]?.startsWith('-') === false) index++;
      continue;
    }
    let value = inline;
    if (value === undefined && setting.takes === undefined) value = 'true';
    if (value === undefined) {
      value = argv[index + 1];
      if (value === undefined || /^--?[A-Za-z]/.test(value)) {
        faults.push(`--${setting.flag} needs a value: ${setting.takes}`);
        continue;
      }
      index++;
    }
    if (found.has(setting.flag)) faults.push(`--${setting.flag} is given twice`);
    found.set(setting.flag, value);
  }
  return found;
}

/** Values by flag as a YAML file gives them; faults are added. */
export function readSettingsFile(
  settings: readonly Named[],
  path: string,
  readFile: (path: string) => string,
  faults: string[],
): Map<string, string> {
  const found = new Map<string, string>();
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    faults.push(`${path} cannot be read: ${(error as Error).message.split('\n')[0] ?? ''}`);
    return found;
  }
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    faults.push(whyNotYaml(path, error));
    return found;
  }
  if (content === null || content === undefined) return found;
  if (typeof content !== 'object' || Array.isArray(content)) {
    faults.push(`${path} must hold a mapping of settings`);
    return found;
  }
  const known = settings.map(setting => setting.flag).filter(flag => flag !== 'config');
  for (const [key, value] of Object.entries(content)) {
    if (!known.includes(key)) faults.push(`${key} in ${path} is not a setting${hint(key, known)}`);
    else if (Array.isArray(value)) found.set(key, value.join(','));
    else if (['string', 'number', 'boolean'].includes(typeof value)) found.set(key, String(value));
    else faults.push(`${key} in ${path} must be a text, number, boolean or list`);
  }
  return found;
}
