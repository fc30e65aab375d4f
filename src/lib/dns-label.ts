/** What Kubernetes takes for the name of a namespace. Pure. */

/** RFC 1123: 1 to 63 lower-case letters, digits and "-", starting and ending with a letter or digit. */
export const isDnsLabel = (name: string): boolean => name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
