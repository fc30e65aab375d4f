/** Why something that we depend on is away, in words that anybody may read: no address, no path. */

const words: Record<string, string> = {
  ENOTFOUND: 'its host name cannot be resolved',
  EAI_AGAIN: 'its host name cannot be resolved',
  ECONNREFUSED: 'refuses connections',
  EMFILE: 'this process has no file handles left',
  ENFILE: 'this machine has no file handles left',
  NO_SPACE: 'has no room left',
  DENIED: 'refuses our credentials',
  UNAUTHORIZED: 'refuses our credentials',
  FORBIDDEN: 'refuses our requests',
};

/** Told by the codes of the error and of what caused it, the innermost that says something first. */
export function whyAway(error: unknown): string {
  let why = 'does not answer';
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') why = words[at.code] ?? why;
    // LevelDB gives the system's words without its code.
    if (/too many open files/i.test(at.message)) why = words['EMFILE'] ?? why;
  }
  return why;
}
