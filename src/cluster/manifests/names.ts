/** The names of the objects that an app and its versions use. */

import { versionedName } from '../../descriptors/index.ts';

/** Ingress that redirects `www.`, where the dialect needs one of its own. */
export const wwwName = (appName: string): string => `${appName}-www-redirect`;

/**
 * All names that an app with this version may use, to be claimed before they are made. Helper objects are left out: their names (`app-headers-<hash>`, ...)
 * follow from the app alone and no other app can come to the same one.
 */
export const namesOf = (appName: string, version: string): string[] => [appName, versionedName(appName, version), wwwName(appName)];
