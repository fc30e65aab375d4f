/** How the rules of the pod policy go through a pod spec, which may have any shape: nothing here throws. Pure. */

import { isObject } from '../pod-spec.ts';

export type Json = Record<string, unknown>;
export type Path = (string | number)[];
/** Says what is wrong at a place of the pod spec. */
export type Say = (message: string, ...path: Path) => void;

export const objectIn = (value: unknown): Json => (isObject(value) ? value : {});
export const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const textIn = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** The items of a list that are objects, each with its path. */
export const objectsIn = (value: unknown, ...path: Path): [Path, Json][] =>
  listIn(value).flatMap((item, index): [Path, Json][] => (isObject(item) ? [[[...path, index], item]] : []));

/** Every container, whatever its kind. */
export const containersOf = (podspec: Json): [Path, Json][] =>
  ['initContainers', 'containers', 'ephemeralContainers'].flatMap(field => objectsIn(podspec[field], field));

export const volumesOf = (podspec: Json): [Path, Json][] => objectsIn(podspec.volumes, 'volumes');
