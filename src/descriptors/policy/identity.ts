/** Whose rights pods may borrow: the service account they run as, and the secrets they name. Pure. */

import { isAllowed } from './names-allowed.ts';
import { containersOf, objectIn, objectsIn, textIn, volumesOf, type Json, type Path, type Say } from './walk.ts';

export function serviceAccountFaults(podspec: Json, namespace: string, allowed: readonly string[], say: Say): void {
  // `serviceAccount` is the old name of the field; Kubernetes still obeys it.
  for (const field of ['serviceAccountName', 'serviceAccount']) {
    const name = textIn(podspec[field]);
    if (name !== undefined && !isAllowed(allowed, namespace, name))
      say(`must be a service account that is allowed here; "${name}" is not (setting --allowed-service-accounts)`, field);
  }
}

export function secretFaults(podspec: Json, namespace: string, allowed: readonly string[], say: Say): void {
  for (const [path, name] of secretsNamed(podspec)) if (!isAllowed(allowed, namespace, name)) say(whyNoSecret(name), ...path);
}

export const whyNoSecret = (name: string): string => `must be a secret that is allowed here; "${name}" is not (setting --allowed-secrets)`;

/** Every place where the pods name a secret: to read it, to mount with it or to pull with it. */
function secretsNamed(podspec: Json): [Path, string][] {
  const found: [Path, string][] = [];
  const note = (value: unknown, ...path: Path) => {
    const name = textIn(value);
    if (name !== undefined) found.push([path, name]);
  };
  for (const [path, container] of containersOf(podspec)) {
    for (const [at, variable] of objectsIn(container.env, ...path, 'env'))
      note(objectIn(objectIn(variable.valueFrom).secretKeyRef).name, ...at, 'valueFrom', 'secretKeyRef', 'name');
    for (const [at, source] of objectsIn(container.envFrom, ...path, 'envFrom'))
      note(objectIn(source.secretRef).name, ...at, 'secretRef', 'name');
  }
  for (const [path, volume] of volumesOf(podspec)) {
    for (const [at, source] of objectsIn(objectIn(volume.projected).sources, ...path, 'projected', 'sources'))
      note(objectIn(source.secret).name, ...at, 'secret', 'name');
    for (const [kind, value] of Object.entries(volume)) {
      const details = objectIn(value);
      // Drivers take their credentials from a secret that the volume names.
      note(details.secretName, ...path, kind, 'secretName');
      for (const field of ['secretRef', 'nodePublishSecretRef']) note(objectIn(details[field]).name, ...path, kind, field, 'name');
    }
  }
  for (const [path, secret] of objectsIn(podspec.imagePullSecrets, 'imagePullSecrets')) note(secret.name, ...path, 'name');
  return found;
}
