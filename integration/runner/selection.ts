/**
 * What is played, by TEAL_SELECTION. `all`: everything. By default the fault suite plays one row of each kind; the crash matrix, the load proof and the rights have short forms of their own. `ci`: what
 * `.ci/run` plays, meant to fit into 25 minutes on two cores: all that looks at the code, the contracts, the whole list of scenarios on the simulated cluster and what depends on a real one through one
 * real proxy each, crashes, replicas, faults, the load. What it leaves out is told at the end of the run.
 */

const selection = process.env['TEAL_SELECTION'] ?? 'usual';

/** What tells a suite which part of it is played, by the names of their steps. */
const parts: Record<string, Record<string, Record<string, string>>> = {
  all: {},
  usual: { 'faults/faults': { TEAL_FAULTS: 'half-open|killed|lost$|410|Retry-After 1$' } },
  ci: {
    'faults/faults': { TEAL_FAULTS: 'killed|lost$|410' },
    'faults/crash': { TEAL_CRASH: 'ci' },
    'scenarios on real-nginx': { TEAL_GROUPS: 'worst moments' },
    'security/rights': { TEAL_RIGHTS: "failures,traffic,others' hands" },
    'cli/commands': { TEAL_TARGETS: 'sandbox' },
    // The whole run tells other stories each time; a change is judged by what it changed.
    unit: { TEAL_STORIES_SEED: '1' },
    'unit on Node 24': { TEAL_STORIES_SEED: '2' },
  },
};

const aPartOfThePage = 'a minute of a browser for one part of the page; dashboard/story goes through its main ways';

const oldestAndNewest = 'the oldest and the newest Node run it';

/** Steps with the reason why `.ci/run` leaves them out. */
const leftToTheWholeRun: Record<string, string> = {
  'scenarios on real-traefik': 'security/rights plays a third of this list through Traefik',
  'dashboard/connections': aPartOfThePage,
  'dashboard/deeds': aPartOfThePage,
  'dashboard/looks': aPartOfThePage,
  'dashboard/sign-in': aPartOfThePage,
  'faults/disk': 'guards what hardly changes: answers to a full or locked disk',
  'faults/handles': 'guards what hardly changes: life without free file handles',
  'faults/members': 'guards what hardly changes: an etcd of three members',
  'faults/names': 'guards what hardly changes: a name service that fails',
  'faults/two-builds': 'its older build never changes',
  'faults/soak': 'guards what grows slowly',
  'security/pressure': 'fills a machine by itself for a minute',
  'unit on Node 22': oldestAndNewest,
  'contracts/cluster on Node 22': oldestAndNewest,
  'contracts/cluster on Node 24': 'Node 20 runs it, and Node 24 the units and the contracts of the store',
  'contracts/store on Node 22': oldestAndNewest,
};

/** Why this step is not played; undefined = it is. */
export const whyLeftOut = (step: string): string | undefined => (selection === 'ci' ? leftToTheWholeRun[step] : undefined);

/** Environment of a step. Throws when TEAL_SELECTION is none that there is. */
export function settingsOf(step: string): Record<string, string> {
  const chosen = parts[selection];
  if (chosen === undefined) throw new Error(`TEAL_SELECTION=${selection} is none of: ${Object.keys(parts).join(' ')}`);
  return chosen[step] ?? {};
}
