/** From which registries images may come: prefixes of their full names, on boundaries of the path. Pure. */

import { containersOf, objectIn, textIn, volumesOf, type Json, type Path, type Say } from './walk.ts';

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const host = /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/;
const path = new RegExp(`^${component}(?:/${component})*$`);
const tag = /:[\w][\w.-]{0,127}$/;

/** Whether the first part of a name is a registry and not the first part of a path at Docker Hub. */
const isHost = (part: string): boolean => /[.:]/.test(part) || part === 'localhost' || part !== part.toLowerCase();

/** `registry/path` without tag and digest, as container runtimes complete it (`nginx` is `docker.io/library/nginx`); undefined = no image reference. */
export function fullName(image: string): string | undefined {
  const [named = ''] = image.split('@');
  const parts = named.replace(tag, '').split('/');
  const [first = '', ...rest] = parts;
  const given = rest.length > 0 && isHost(first) ? first.toLowerCase() : undefined;
  const registry = given === undefined || given === 'index.docker.io' ? 'docker.io' : given;
  const repository = (given === undefined ? parts : rest).join('/');
  if (!host.test(registry) || !path.test(repository)) return undefined;
  return registry === 'docker.io' && !repository.includes('/') ? `docker.io/library/${repository}` : `${registry}/${repository}`;
}

/** What is wrong with an entry of the list; undefined = nothing. */
export function whyNoRegistry(entry: string): string | undefined {
  const [first = '', ...rest] = entry.split('/');
  const good = isHost(first) && host.test(first) && (rest.length === 0 || path.test(rest.join('/')));
  return good
    ? undefined
    : 'must be registries with or without the beginning of a path, such as docker.io/library or registry.example.com:5000/team';
}

const comesFrom = (name: string, registries: readonly string[]): boolean =>
  registries.some(entry => name === entry || name.startsWith(`${entry}/`));

export function registryFaults(podspec: Json, registries: readonly string[] | undefined, say: Say): void {
  if (registries === undefined) return;
  for (const [at, image] of imagesIn(podspec)) {
    const name = fullName(image);
    if (name === undefined) say('must be a complete image reference, so that its registry is known (setting --allowed-registries)', ...at);
    else if (!comesFrom(name, registries))
      say(`must come from ${registries.join(' or ')}; this is ${name} (setting --allowed-registries)`, ...at);
  }
}

function imagesIn(podspec: Json): [Path, string][] {
  const images = [
    ...containersOf(podspec).map(([at, container]): [Path, unknown] => [[...at, 'image'], container.image]),
    ...volumesOf(podspec).map(([at, volume]): [Path, unknown] => [[...at, 'image', 'reference'], objectIn(volume.image).reference]),
  ];
  return images.flatMap(([at, image]): [Path, string][] => {
    const text = textIn(image);
    return text === undefined ? [] : [[at, text]];
  });
}
