/** The names of the objects that an app and its versions use. */

import { versionedName } from '../../descriptors/index.ts';

/** Ingress that redirects `www.`, where the dialect needs one of its own. */
export const wwwName = (appName: string): string => `${appName}-www-redirect`;

/** Ingress of a version during a change of the routing mode. No app and no version has a dot in its name, so this one is nobody else's. */
export const handoverName = (appName: string, version: string): string => `${versionedName(appName, version)}.handover`;

/**
 * All names that an app with this version may use, to be claimed before they are made. Helper objects and the handover are left out: no other app can come to
 * their names.
 */
export const namesOf = (appName: string, version: string): string[] => [appName, versionedName(appName, version), wwwName(appName)];
