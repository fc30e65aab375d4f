/** The images that the sandbox can run: one demo program in any version, and one that crashes. */

export type ImageLookup =
  | { found: true; version: string; crashes: boolean }
  | { found: false; reason: 'ErrImagePull' | 'InvalidImageName'; message: string };

const reference = /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$/;
const demo = /^(?:(?:127\.0\.0\.1|localhost)(?::\d+)?\/)?demo-app:(v[\w.-]*|crash)(?:@sha256:[a-f0-9]{64})?$/;

/** Known are `demo-app:v<anything>` and `demo-app:crash`, also from a registry on loopback. */
export function findImage(image: string): ImageLookup {
  if (!reference.test(image)) {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
    return { found: false, reason: 'InvalidImageName', message };
  }
  const tag = demo.exec(image)?.[1];
  if (tag) return { found: true, version: tag, crashes: tag === 'crash' };
  const full = fullName(image);
  const cause = `failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${full}: not found`;
  return { found: false, reason: 'ErrImagePull', message: `rpc error: code = NotFound desc = ${cause}` };
}

/** The name as a container runtime reports it, registry and tag included. */
export function fullName(image: string): string {
  const tagged = /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
  const first = tagged.split('/')[0] ?? '';
  if (tagged.includes('/') && /[.:]|^localhost$/.test(first)) return tagged;
  return tagged.includes('/') ? `docker.io/${tagged}` : `docker.io/library/${tagged}`;
}
