/** Rows that need more than one request and its answer: which test of which suite shows them. */

export interface Elsewhere {
  row: number;
  what: string;
  file: string;
  title: string;
}

const tenants = 'integration/security/tenants.test.ts';
const tokens = 'integration/security/tokens.test.ts';

export const elsewhere: Elsewhere[] = [
  {
    row: 9,
    what: 'a thousand tokens with keys that nobody knows',
    file: tokens,
    title: 'a thousand with keys that nobody knows ask the provider at most once per cool-down',
  },
  {
    row: 10,
    what: 'a key that was removed from the key set',
    file: tokens,
    title: 'signed with a new key are taken after the cool-down; with one that was removed they are refused when the key set is due',
  },
  // Accepting does not need the cluster, so this is told by the deployment (FAILURE, FOREIGN_OBJECT) and not by its POST.
  ...['a Service', 'an RC', 'an Ingress'].map(object => ({
    row: 19,
    what: `the name of ${object} of others`,
    file: 'integration/scenarios/hands.ts',
    title: `${object} with our name and without our mark ends the deployment and is left alone`,
  })),
  {
    row: 34,
    what: 'a health check that is answered by a redirect',
    file: 'integration/scenarios/health.ts',
    title: 'a simple check takes neither an error nor a redirect',
  },
  {
    row: 35,
    what: 'a secret in the answer of a health check',
    file: 'src/deployments/health/check.test.ts',
    title: 'is told without secrets, and no piece of one is left where a long answer is cut',
  },
  {
    row: 35,
    what: 'an endless answer to a health check',
    file: 'src/cluster/kubernetes/caller.test.ts',
    title: "cuts a pod's answer at 64 KiB, without a broken character at its end",
  },
  {
    row: 42,
    what: 'an image of a registry that is not listed, wherever a pod spec can name one',
    file: 'src/descriptors/policy/registries.test.ts',
    title: 'hold for every kind of container and for volumes of images',
  },
  {
    row: 47,
    what: 'terminal codes, fake lines and markup in the log of a pod',
    file: 'src/deployments/log-limits.test.ts',
    title: 'leave one line of what pods print, without control characters; markup and JSON stay the text they are',
  },
  {
    row: 47,
    what: 'secrets in the log of a pod',
    file: 'integration/security/canary.test.ts',
    title: 'carries none of the canaries',
  },
  ...[
    '2000 idle sockets and 300 slow heads: told 408 or cut in 15 s, the others are served',
    '300 slow bodies: told 408 in 40 s, the others are served',
  ].map(title => ({ row: 55, what: title, file: 'integration/security/pressure.test.ts', title })),
  {
    row: 56,
    what: 'a thousand deployments at once by one tenant',
    file: tenants,
    title: 'a thousand deployments at once are refused with 429 and Retry-After, while another tenant is still served',
  },
  {
    row: 58,
    what: 'a rerun of what now breaks the policy',
    file: 'integration/security/policy.test.ts',
    title: 'fails what waits, creates nothing of it, and touches nothing that runs; a rerun of it is refused',
  },
];
